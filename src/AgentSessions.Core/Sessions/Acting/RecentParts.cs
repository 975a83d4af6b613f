using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Sessions.Acting;

/// <summary>The part ids appended to one stream lately, read back from the log itself: there is no second place that could disagree.</summary>
/// <remarks>The newest are known whatever the clock says, so that setting it forward makes no repeat a message of its own.</remarks>
internal sealed class RecentParts
{
    /// <summary>For how long a repeat is recognised. The wire asks for 5 minutes; twice that covers a client's clock and retries.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    private const int KeptRecords = 32;
    private const int PageRecords = 256;
    private readonly Dictionary<string, long> _sequences = new(StringComparer.Ordinal);
    private readonly Queue<(long Timestamp, string PartId)> _order = new();

    /// <summary>Reads the ids of the last <see cref="Window"/>, and of the newest records.</summary>
    public static async ValueTask<RecentParts> ReadAsync(ISessionStore store, StreamId stream, StreamBounds bounds, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var parts = new RecentParts();
        long cutoff = (now - Window).ToUnixTimeMilliseconds();
        var pages = new Stack<List<StreamRecord>>();
        for (Cursor end = bounds.Tail; end > bounds.Oldest;)
        {
            var start = new Cursor(Math.Max(bounds.Oldest.Value, end.Value - (pages.Count == 0 ? KeptRecords : PageRecords)));
            List<StreamRecord> page = await ReadPageAsync(store, stream, start, end, cancellationToken);
            pages.Push(page);
            if (page.Count == 0 || page[0].Timestamp < cutoff)
            {
                break;
            }

            end = start;
        }

        foreach (StreamRecord record in pages.SelectMany(static page => page))
        {
            if ((record.Timestamp >= cutoff || record.Sequence >= bounds.Tail.Value - KeptRecords) && InputJson.PartId(record) is string partId)
            {
                parts.Add(partId, record.Sequence, record.Timestamp);
            }
        }

        return parts;
    }

    /// <summary>The sequence of the first append with this id, or null.</summary>
    public long? Find(string partId) => _sequences.TryGetValue(partId, out long sequence) ? sequence : null;

    /// <summary>Remembers an append, and forgets those that are older than the window and not among the newest.</summary>
    public void Add(string partId, long sequence, long timestamp)
    {
        if (!_sequences.TryAdd(partId, sequence))
        {
            return;
        }

        _order.Enqueue((timestamp, partId));
        long cutoff = timestamp - (long)Window.TotalMilliseconds;
        while (_order.Count > KeptRecords && _order.TryPeek(out (long Timestamp, string PartId) oldest) && oldest.Timestamp < cutoff)
        {
            _sequences.Remove(oldest.PartId);
            _order.Dequeue();
        }
    }

    private static async ValueTask<List<StreamRecord>> ReadPageAsync(
        ISessionStore store, StreamId stream, Cursor start, Cursor end, CancellationToken cancellationToken)
    {
        var page = new List<StreamRecord>();
        while (start < end && await store.ReadAsync(stream, start, maxBytes: 256 * 1024, cancellationToken) is RecordBatch batch)
        {
            page.AddRange(batch.Decode().TakeWhile(record => record.Sequence < end.Value));
            start = batch.Tail;
        }

        return page;
    }
}
