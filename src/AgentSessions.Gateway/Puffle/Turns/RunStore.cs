using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Puffle.Settings;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Puffle.Turns;

/// <summary>Remembers which runs there are: whose, in which session, and their end once somebody has seen it. Their results are receipts.</summary>
internal sealed class RunStore(ISessionEngine engine, IOptions<PuffleOptions> options, TimeProvider time)
{
    public const string Space = "puffle-runs";

    public async ValueTask AddAsync(PuffleRun run, CancellationToken cancellationToken) =>
        await engine.State.PutAsync(new StatePut(KeyOf(run), ToJson(run)), expectedVersion: null, cancellationToken);

    /// <summary>A user's run; null if it is unknown, somebody else's, or too old.</summary>
    public async ValueTask<PuffleRun?> FindAsync(string environment, string userId, string id, CancellationToken cancellationToken)
    {
        if (RunIds.TimeOf(id) is not { } accepted || time.GetUtcNow() - accepted > options.Value.ResultLifetime
            || await engine.State.GetAsync(new StateKey(environment, Space, id), cancellationToken) is not { } entry)
        {
            return null;
        }

        PuffleRun run = JsonSerializer.Deserialize<PuffleRun>(entry.Value.Span, JsonSerializerOptions.Web)! with { Version = entry.Version };
        return run.UserId == userId ? run : null;
    }

    /// <summary>Keeps how a run ended. Of two who saw different ends the first is right.</summary>
    /// <returns>The end that holds.</returns>
    public async ValueTask<PuffleRun> EndAsync(PuffleRun run, string status, string? error, CancellationToken cancellationToken)
    {
        PuffleRun ended = run with { Ended = status, Error = error };
        return await engine.State.PutAsync(new StatePut(KeyOf(run), ToJson(ended)), run.Version, cancellationToken) is not null
            ? ended
            : await FindAsync(run.Environment, run.UserId, run.Id, cancellationToken) ?? ended;
    }

    private static StateKey KeyOf(PuffleRun run) => new(run.Environment, Space, run.Id);

    private static byte[] ToJson(PuffleRun run) => JsonSerializer.SerializeToUtf8Bytes(run, JsonSerializerOptions.Web);
}

/// <summary>One run.</summary>
/// <param name="Id">Also the name of its receipt.</param>
/// <param name="UserId">Whose it is.</param>
/// <param name="Environment">Where its session is.</param>
/// <param name="Session">The session's canonical key.</param>
internal sealed record PuffleRun(string Id, string UserId, string Environment, string Session)
{
    /// <summary>The terminal status that was once answered; null before.</summary>
    public string? Ended { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Error { get; init; }

    /// <summary>The stored version.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public long Version { get; init; }

    [System.Text.Json.Serialization.JsonIgnore]
    public SessionKey SessionKey => new(Environment, Session);
}
