using System.Globalization;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Clients;

/// <summary>
/// Tells whether a turn is running or owed where <c>out</c> does not end with a boundary. It does not before the first turn, after a run
/// that was cancelled in its middle, and after what a side writer says.
/// </summary>
internal static class OwedTurn
{
    private const int ReadBytes = 256 * 1024;

    /// <summary>Whether records come without new input.</summary>
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
        return isSpeaking || await HasInputAsync(engine, row, output, cancellationToken);
    }

    /// <summary>Whether a message is stored behind the last boundary's resume floor: the run that waits, or one to come, has yet to take it.</summary>
    private static async ValueTask<bool> HasInputAsync(
        ISessionEngine engine, SessionRow row, StreamBounds output, CancellationToken cancellationToken)
    {
        StreamBounds input = await engine.GetBoundsAsync(StreamId.In(row.Key), cancellationToken);
        StreamRecord? boundary = await NewestRecord.FindAsync(
            engine, StreamId.Out(row.Key), output, static record => record.Control == ControlHeaders.TurnComplete, cancellationToken);
        Cursor from = long.TryParse(boundary?.Header(ControlHeaders.InEventId), NumberStyles.None, CultureInfo.InvariantCulture, out long floor)
            ? Cursor.After(floor)
            : Cursor.Start;
        bool awaitsHandover = boundary is null && HeadStart.IsMeant(row);
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
