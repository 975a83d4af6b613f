using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Runs.Writing;

/// <summary>Where a session's <c>out</c> may be cut when a turn completes: always at a boundary, never after the newest one.</summary>
/// <param name="store">Where the stream is.</param>
/// <param name="stream">The session's own <c>out</c>.</param>
/// <param name="period">How long records are kept; zero keeps only what the last turn and the one that completes wrote.</param>
/// <param name="time">The clock.</param>
internal sealed class OutRetention(ISessionStore store, StreamId stream, TimeSpan period, TimeProvider time)
{
    private const int LookBytes = 256 * 1024;

    private long _nothingBefore = long.MinValue;

    /// <summary>The first record to keep, or null to drop nothing.</summary>
    /// <param name="lastBoundary">The newest boundary's sequence; -1 for none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<Cursor?> FirstKeptAsync(long lastBoundary, CancellationToken cancellationToken)
    {
        if (lastBoundary < 0)
        {
            return null;
        }

        if (period <= TimeSpan.Zero)
        {
            return new Cursor(lastBoundary);
        }

        long limit = (time.GetUtcNow() - period).ToUnixTimeMilliseconds();
        if (limit < _nothingBefore)
        {
            return null;
        }

        try
        {
            return await LookAsync(lastBoundary, limit, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            // The next turn's end looks again.
            return null;
        }
    }

    /// <summary>Only what is due is read, and then it is gone, so a long history is not read again at every turn.</summary>
    private async ValueTask<Cursor?> LookAsync(long lastBoundary, long limit, CancellationToken cancellationToken)
    {
        Cursor? oldest = null;
        Cursor? firstKept = null;
        Cursor from = Cursor.Start;
        while (from.Value <= lastBoundary && await store.ReadAsync(stream, from, LookBytes, cancellationToken) is RecordBatch batch)
        {
            oldest ??= batch.First;
            foreach (StreamRecord record in batch.Decode())
            {
                if (record.Timestamp > limit)
                {
                    _nothingBefore = record.Timestamp;
                    return firstKept > oldest ? firstKept : null;
                }

                if (record.Sequence <= lastBoundary && record.Control == ControlHeaders.TurnComplete)
                {
                    firstKept = new Cursor(record.Sequence);
                }
            }

            from = batch.Tail;
        }

        return firstKept > oldest ? firstKept : null;
    }
}
