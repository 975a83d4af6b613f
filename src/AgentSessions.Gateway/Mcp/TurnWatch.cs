using AgentSessions.Core;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Gateway.Mcp;

/// <summary>Knows when nobody will answer a message whose turn no boundary ends: its run was cancelled, or its session deleted.</summary>
internal sealed class TurnWatch(ISessionEngine engine, SessionRow session, TimeProvider time)
{
    // Only where a run on another node was cancelled.
    private static readonly TimeSpan _lookInterval = TimeSpan.FromSeconds(5);

    /// <summary>What became of the session.</summary>
    public async ValueTask<TurnLoss> LookAsync(CancellationToken cancellationToken)
    {
        if (await engine.FindAsync(session.Key, cancellationToken) is not { } row || row.Id != session.Id)
        {
            return TurnLoss.Deleted;
        }

        return !row.IsAttendedAt(time.GetUtcNow())
            && row.CurrentRunId is { } current
            && await engine.FindRunAsync(row.Key.Environment, current, cancellationToken) is { Status: RunStatus.Canceled }
            ? TurnLoss.Cancelled
            : TurnLoss.None;
    }

    /// <summary>Cancels a wait for an answer that will not come. Never fails.</summary>
    public async Task EndAsync(CancellationTokenSource wait)
    {
        try
        {
            StreamId output = StreamId.Out(session.Key);
            Cursor tail = (await engine.GetBoundsAsync(output, wait.Token)).Tail;
            using StreamTail news = engine.OpenTail(output, tail, wait.Token);
            news.EndsWithRun = true;
            while (await LookAsync(wait.Token) == TurnLoss.None)
            {
                while (await news.ReadAsync(_lookInterval) is not null)
                {
                    // Whoever speaks lives.
                }
            }

            await wait.CancelAsync();
        }
        catch (Exception)
        {
            // It is over, or the store fails, which whoever reads the answer is told.
        }
    }
}

/// <summary>Why a turn has no end.</summary>
internal enum TurnLoss
{
    /// <summary>It will have one.</summary>
    None,

    /// <summary>Its run was cancelled: the next message boots another, which answers it first.</summary>
    Cancelled,

    /// <summary>Its session is gone.</summary>
    Deleted,
}
