using AgentSessions.Core.Streams;
using AgentSessions.Embedded.Files;
using AgentSessions.Embedded.Sqlite;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Embedded.Hot;

/// <summary>One stream of a session in memory: its bounds, and where in the journal the records are that the database does not hold.</summary>
/// <remarks>Guarded by its session, but for the judged tail, which is the writer's alone.</remarks>
internal sealed class HotStream(StoredStream stored)
{
    /// <summary>The oldest kept record.</summary>
    public long Oldest { get; private set; } = stored.Oldest;

    /// <summary>The next record.</summary>
    public long Tail { get; private set; } = stored.Tail;

    /// <summary>When the newest record was made.</summary>
    public long Timestamp { get; private set; } = stored.Timestamp;

    /// <summary>The first record of the database's oldest chunk; equal to <see cref="StoredTo"/> if it has none.</summary>
    public long StoredFrom { get; private set; } = stored.StoredFrom;

    /// <summary>The place behind the database's newest chunk; what follows is in <see cref="Extents"/>.</summary>
    public long StoredTo { get; private set; } = stored.StoredTo;

    public ExtentList Extents { get; } = new();

    /// <summary>The tail with the commits of the writer's current group, which nobody may see yet.</summary>
    public long JudgedTail { get; set; }

    /// <summary>The group that <see cref="JudgedTail"/> belongs to.</summary>
    public long JudgedGroup { get; set; }

    public StreamBounds Bounds => new(new Cursor(Oldest), new Cursor(Tail), Timestamp);

    public StoredStream Stored => new(Oldest, Tail, Timestamp, StoredFrom, StoredTo);

    public void Append(RecordBatch batch, long segment, int offset)
    {
        // After a restart the journal may bring what the database holds already, or knows to be trimmed.
        if (batch.First.Value >= StoredTo && batch.Tail.Value > Oldest)
        {
            ReadOnlySpan<byte> records = batch.Records.Span;
            Extents.Add(new Extent(batch.First.Value, segment, offset, records.Length, batch.Count, Crc32C.Of(records)));
        }

        if (batch.Tail.Value > Tail)
        {
            Tail = batch.Tail.Value;
            Timestamp = batch.Timestamp;
        }
    }

    public void TrimBefore(long sequence)
    {
        Oldest = Math.Max(Oldest, Math.Min(sequence, Tail));
        Extents.DropBefore(Oldest);
    }

    /// <summary>States that the database holds other chunks now; extents that moved there are dropped.</summary>
    public void MoveTo(StoredStream stored)
    {
        StoredFrom = stored.StoredFrom;
        StoredTo = stored.StoredTo;
        Extents.DropBefore(StoredTo);
    }
}
