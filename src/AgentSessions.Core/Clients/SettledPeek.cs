using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Clients;

/// <summary>Tells whether a stream is at rest: whether its newest record, commands aside, ends a turn or the session.</summary>
public static class SettledPeek
{
    // A boundary is followed by at most one trim, so the first look nearly always suffices.
    private const int FirstReach = 4;
    private const int Growth = 8;
    private const int ReadBytes = 64 * 1024;

    /// <summary>Looks at the newest record.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="stream">An <c>out</c>.</param>
    /// <param name="bounds">Its bounds as the caller has just read them; what is appended later does not count.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async ValueTask<bool> IsSettledAsync(ISessionEngine engine, StreamId stream, StreamBounds bounds, CancellationToken cancellationToken)
    {
        for (long reach = FirstReach; ; reach *= Growth)
        {
            Cursor from = new(Math.Max(bounds.Oldest.Value, bounds.Tail.Value - reach));
            if (await NewestAsync(engine, stream, from, bounds.Tail, cancellationToken) is { } newest)
            {
                return newest.Control is ControlHeaders.TurnComplete or ControlHeaders.SessionClosed;
            }

            if (from <= bounds.Oldest)
            {
                return false;
            }
        }
    }

    /// <summary>The newest record between two places that is not a command, or null.</summary>
    private static async ValueTask<StreamRecord?> NewestAsync(
        ISessionEngine engine, StreamId stream, Cursor from, Cursor tail, CancellationToken cancellationToken)
    {
        StreamRecord? newest = null;
        while (from < tail && await engine.ReadAsync(stream, from, ReadBytes, cancellationToken) is { } batch)
        {
            foreach (StreamRecord record in batch.Decode())
            {
                if (!record.IsCommand && record.Sequence < tail.Value)
                {
                    newest = record;
                }
            }

            from = batch.Tail;
        }

        return newest;
    }
}
