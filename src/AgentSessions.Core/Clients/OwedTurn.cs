using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Clients;

/// <summary>
/// Tells whether a turn is running or owed. A boundary at the end of <c>out</c> does not tell, for a message may wait behind it; and there is
/// none before the first turn, after a run that was cancelled in its middle, and after what a side writer says.
/// </summary>
internal static class OwedTurn
{
    private const int ReadBytes = 256 * 1024;

    /// <summary>Whether records come without new input, where <c>out</c> does not end with a boundary.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="session">The session.</param>
    /// <param name="output">The bounds of its <c>out</c> as the caller has just read them.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async ValueTask<bool> IsThereAsync(
        ISessionEngine engine, SessionKey session, StreamBounds output, CancellationToken cancellationToken)
    {
        if (await engine.FindAsync(session, cancellationToken) is not { HasLiveRun: true, CurrentRunId: string runId } row)
        {
            return false;
        }

        // A run that boots executes too, and before it has said anything only its input tells whether it will.
        bool isSpeaking = output.Tail > Cursor.Start
            && await engine.FindRunAsync(session.Environment, runId, cancellationToken) is { Status: RunStatus.Executing };
        if (isSpeaking)
        {
            return true;
        }

        StreamRecord? boundary = await BoundaryAsync(engine, session, output, cancellationToken);
        Cursor from = boundary?.InEventId is { } floor ? Cursor.After(floor) : Cursor.Start;
        return await HasInputAsync(engine, row, from, awaitsHandover: boundary is null && HeadStart.IsMeant(row), cancellationToken);
    }

    /// <summary>Whether a message waits behind the boundary that <c>out</c> ends with. A boundary that names no floor leaves nothing behind it.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="session">The session.</param>
    /// <param name="output">The bounds of its <c>out</c> as the caller has just read them.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async ValueTask<bool> IsBehindBoundaryAsync(
        ISessionEngine engine, SessionKey session, StreamBounds output, CancellationToken cancellationToken) =>
        await engine.FindAsync(session, cancellationToken) is { HasLiveRun: true } row
        && await BoundaryAsync(engine, session, output, cancellationToken) is { InEventId: { } floor }
        && await HasInputAsync(engine, row, Cursor.After(floor), awaitsHandover: false, cancellationToken);

    private static ValueTask<StreamRecord?> BoundaryAsync(ISessionEngine engine, SessionKey session, StreamBounds output, CancellationToken cancellationToken) =>
        NewestRecord.FindAsync(engine, StreamId.Out(session), output, static record => record.Control == ControlHeaders.TurnComplete, cancellationToken);

    /// <summary>Whether a message is stored from a place on: the run that waits, or one to come, has yet to take it.</summary>
    private static async ValueTask<bool> HasInputAsync(
        ISessionEngine engine, SessionRow row, Cursor from, bool awaitsHandover, CancellationToken cancellationToken)
    {
        StreamBounds input = await engine.GetBoundsAsync(StreamId.In(row.Key), cancellationToken);
        while (from < input.Tail && await engine.ReadAsync(StreamId.In(row.Key), from, ReadBytes, cancellationToken) is { } batch)
        {
            if (batch.Decode().Any(record => InputJson.IsOwed(record, awaitsHandover)))
            {
                return true;
            }

            from = batch.Tail;
        }

        return false;
    }
}
