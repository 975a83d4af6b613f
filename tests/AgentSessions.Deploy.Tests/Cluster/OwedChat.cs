using System.Diagnostics;
using AgentSessions.TestServer;

namespace AgentSessions.Deploy.Tests.Cluster;

/// <summary>A chat that owes two answers while something happens to its node, and when its reader heard what.</summary>
internal sealed class OwedChat(WireClient client, string id)
{
    private const string Agent = "load";
    private const int Turns = 2;

    /// <summary>A turn of about three seconds.</summary>
    private const string Message = "go 150 20";

    private static readonly TimeSpan _retryPause = TimeSpan.FromMilliseconds(20);

    private readonly List<long> _heard = [];
    private readonly TaskCompletionSource _speaks = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _runId;
    private Task _reading = Task.CompletedTask;

    /// <summary>Sends two messages, and returns once the first is being answered.</summary>
    public async Task AskAsync(CancellationToken limit)
    {
        _runId = await StartAsync(limit);
        long last = 0;
        for (int i = 0; i < Turns; i++)
        {
            last = await client.SendAsync(id, Message, $"{id}-{i}", limit);
        }

        _reading = ReadAsync(last, limit);
        await _speaks.Task.WaitAsync(limit);
    }

    /// <summary>Waits until both are answered, and nobody but the cluster itself has done anything for it meanwhile.</summary>
    /// <param name="since">When it happened, as a timestamp of <see cref="Stopwatch"/>.</param>
    /// <param name="limit">Gives up.</param>
    /// <returns>The end of the longest silence since, and its length; null if the chat's run lives on, since its node was another.</returns>
    public async Task<(TimeSpan PickedUp, TimeSpan Silence)?> AnsweredAsync(long since, CancellationToken limit)
    {
        await _reading.WaitAsync(limit);
        if (await StartAsync(limit) == _runId)
        {
            return null;
        }

        long before = since;
        (long Length, long End) longest = default;
        foreach (long heard in _heard.Where(heard => heard > since))
        {
            longest = heard - before > longest.Length ? (heard - before, heard) : longest;
            before = heard;
        }

        return (Stopwatch.GetElapsedTime(since, longest.End), Stopwatch.GetElapsedTime(0, longest.Length));
    }

    private async Task<string> StartAsync(CancellationToken limit) => (await client.StartAsync(id, Agent, limit))["runId"]!.GetValue<string>();

    private async Task ReadAsync(long last, CancellationToken limit)
    {
        long cursor = -1;
        while (true)
        {
            try
            {
                await foreach (WireRecord record in client.FollowAsync(id, "out", cursor, silence: 60, limit))
                {
                    _heard.Add(Stopwatch.GetTimestamp());
                    cursor = record.Sequence;
                    _ = record.Delta is null || _speaks.TrySetResult();
                    if (record.Header("session-in-event-id") is { } answered && long.Parse(answered) >= last)
                    {
                        return;
                    }
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException || (exception is OperationCanceledException && !limit.IsCancellationRequested))
            {
                await Task.Delay(_retryPause, limit);
            }
        }
    }
}
