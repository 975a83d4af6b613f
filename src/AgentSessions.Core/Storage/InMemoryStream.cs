using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Storage;

/// <summary>One stream of <see cref="InMemorySessionStore"/>: the batches as they were appended.</summary>
internal sealed class InMemoryStream
{
    private readonly List<RecordBatch> _batches = [];

    public StreamBounds Bounds { get; private set; } = StreamBounds.Empty;

    public long Bytes => _batches.Sum(static batch => (long)batch.Records.Length);

    public void Append(RecordBatch batch)
    {
        _batches.Add(batch);
        Bounds = Bounds with { Tail = batch.Tail, TailTimestamp = batch.Timestamp };
    }

    public void TrimBefore(Cursor cursor)
    {
        Cursor oldest = cursor > Bounds.Tail ? Bounds.Tail : cursor;
        if (oldest <= Bounds.Oldest)
        {
            return;
        }

        Bounds = Bounds with { Oldest = oldest };
        _batches.RemoveAll(batch => batch.Tail <= oldest);
    }

    public RecordBatch? Read(Cursor from, int maxBytes)
    {
        Cursor start = from < Bounds.Oldest ? Bounds.Oldest : from;
        var found = new List<RecordBatch>();
        long bytes = 0;
        for (int i = IndexOf(start); i < _batches.Count && (found.Count == 0 || bytes < maxBytes); i++)
        {
            RecordBatch batch = _batches[i].From(start)!;
            found.Add(batch);
            bytes += batch.Records.Length;
        }

        return found.Count == 0 ? null : found.Join();
    }

    private int IndexOf(Cursor start)
    {
        int low = 0, high = _batches.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_batches[middle].Tail <= start)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
