using System.Buffers.Binary;
using AgentSessions.Core;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Puffle.Settings;
using AgentSessions.Gateway.Users;
using AgentSessions.Gateway.Webhooks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Puffle.Turns;

/// <summary>Counts the runs each user starts in any window of time, on whichever node.</summary>
internal sealed class RunBudget(ISessionEngine engine, WebhookOutbox outbox, IOptions<PuffleOptions> options, TimeProvider time)
{
    public const string Space = "puffle-budgets";

    /// <summary>Counts one run.</summary>
    /// <returns>What <see cref="ReturnAsync"/> takes back.</returns>
    /// <exception cref="RequestRefusedException">429: as many were started within the window already. This one does not count.</exception>
    public async ValueTask<long> SpendAsync(GatewayUser user, CancellationToken cancellationToken)
    {
        var key = new StateKey(user.Environment, Space, user.Id);
        while (true)
        {
            StateEntry? entry = await engine.State.GetAsync(key, cancellationToken);
            long now = time.GetUtcNow().ToUnixTimeMilliseconds();
            long window = (long)options.Value.RunWindow.TotalMilliseconds;
            List<long> times = InWindow(entry, now);
            if (times.Count >= options.Value.RunsPerWindow)
            {
                await TellAsync(user, cancellationToken);
                throw new RequestRefusedException(new Problem(StatusCodes.Status429TooManyRequests, "Too many runs; try again later")
                {
                    RetryAfter = TimeSpan.FromMilliseconds(times[times.Count - options.Value.RunsPerWindow] + window - now),
                });
            }

            times.Add(now);
            if (await engine.State.PutAsync(new StatePut(key, Write(times)), entry?.Version ?? 0, cancellationToken) is not null)
            {
                return now;
            }
        }
    }

    /// <summary>Takes a run back that was counted and did not come about.</summary>
    public async ValueTask ReturnAsync(GatewayUser user, long spent, CancellationToken cancellationToken)
    {
        var key = new StateKey(user.Environment, Space, user.Id);
        while (await engine.State.GetAsync(key, cancellationToken) is { } entry)
        {
            List<long> times = Read(entry);
            if (!times.Remove(spent) || await engine.State.PutAsync(new StatePut(key, Write(times)), entry.Version, cancellationToken) is not null)
            {
                return;
            }
        }
    }

    /// <summary>How many runs users have started within the window, in ordinal order of their ids; 0 for those who did earlier.</summary>
    public async ValueTask<IReadOnlyList<(string User, int Started)>> ListAsync(
        string environment, string prefix, string? after, int limit, CancellationToken cancellationToken)
    {
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        IReadOnlyList<StateEntry> page = await engine.State.ListAsync(environment, Space, prefix, after, limit, cancellationToken);
        return [.. page.Select(entry => (entry.Key.Name, InWindow(entry, now).Count))];
    }

    /// <summary>Once for a user and window, however often they try, and also when that was delivered already or waits for another try.</summary>
    private async ValueTask TellAsync(GatewayUser user, CancellationToken cancellationToken)
    {
        if (outbox.PutBudget(user.Environment, user.Id, "runs", options.Value.RunsPerWindow, options.Value.RunWindow) is { } put
            && await engine.State.GetAsync(put.Key with { Space = WebhookStore.DoneSpace }, cancellationToken) is null
            && await engine.State.GetAsync(put.Key with { Space = WebhookStore.WaitingSpace }, cancellationToken) is null)
        {
            await engine.State.PutAsync(put, expectedVersion: 0, cancellationToken);
        }
    }

    private List<long> InWindow(StateEntry? entry, long now) =>
        Read(entry).FindAll(started => started > now - (long)options.Value.RunWindow.TotalMilliseconds);

    private static List<long> Read(StateEntry? entry)
    {
        var times = new List<long>();
        for (ReadOnlySpan<byte> rest = entry is null ? default : entry.Value.Span; rest.Length >= sizeof(long); rest = rest[sizeof(long)..])
        {
            times.Add(BinaryPrimitives.ReadInt64BigEndian(rest));
        }

        return times;
    }

    private static byte[] Write(List<long> times)
    {
        byte[] bytes = new byte[times.Count * sizeof(long)];
        for (int i = 0; i < times.Count; i++)
        {
            BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(i * sizeof(long)), times[i]);
        }

        return bytes;
    }
}
