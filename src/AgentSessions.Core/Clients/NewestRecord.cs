using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Clients;

/// <summary>Looks for a stream's newest record of some kind, from the tail backwards.</summary>
internal static class NewestRecord
{
    // A boundary is followed by at most one trim, so the first look nearly always suffices.
    private const int FirstReach = 4;
    private const int Growth = 8;
    private const int ReadBytes = 64 * 1024;

    /// <summary>The newest record within the bounds that is wanted, or null.</summary>
    public static async ValueTask<StreamRecord?> FindAsync(
        ISessionEngine engine, StreamId stream, StreamBounds bounds, Func<StreamRecord, bool> isWanted, CancellationToken cancellationToken)
    {
        for (long reach = FirstReach; ; reach *= Growth)
        {
            Cursor from = new(Math.Max(bounds.Oldest.Value, bounds.Tail.Value - reach));
            StreamRecord? newest = await NewestAsync(engine, stream, from, bounds.Tail, isWanted, cancellationToken);
            if (newest is not null || from <= bounds.Oldest)
            {
                return newest;
            }
        }
    }

    private static async ValueTask<StreamRecord?> NewestAsync(
        ISessionEngine engine, StreamId stream, Cursor from, Cursor tail, Func<StreamRecord, bool> isWanted, CancellationToken cancellationToken)
    {
        StreamRecord? newest = null;
        while (from < tail && await engine.ReadAsync(stream, from, ReadBytes, cancellationToken) is { } batch)
        {
            foreach (StreamRecord record in batch.Decode())
            {
                if (record.Sequence < tail.Value && isWanted(record))
                {
                    newest = record;
                }
            }

            from = batch.Tail;
        }

        return newest;
    }
}
