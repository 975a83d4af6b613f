using System.Buffers;
using AgentSessions.Embedded.Entries;
using AgentSessions.Embedded.Hot;
using AgentSessions.Embedded.Journal;
using AgentSessions.Embedded.Sqlite;

namespace AgentSessions.Embedded.Checkpoints;

/// <summary>Moves records of one stream from the journal to the database, many appends to a chunk.</summary>
internal sealed class StreamFlush(string name, HotStream stream, long movedBefore)
{
    /// <summary>A chunk ends when it has this many bytes before packing: enough to pack well, little enough to read for one record.</summary>
    private const int ChunkBytes = 64 << 10;

    private readonly Extent[] _extents = stream.Extents.CopyBefore(movedBefore);

    /// <summary>The stream's name in the database.</summary>
    public string Name => name;

    /// <summary>What the database says of the stream after <see cref="Write"/>.</summary>
    public StoredStream Stored { get; private set; } = stream.Stored;

    public void Write(SqliteDatabase database, ByteWriter scratch, JournalLog journal, long number)
    {
        if (Stored.Oldest > Stored.StoredFrom && Stored.StoredFrom < Stored.StoredTo)
        {
            long? left = ChunkRows.RemoveBefore(database, number, name, Stored.Oldest);
            Stored = Stored with { StoredFrom = left ?? Stored.StoredTo };
        }

        for (int start = 0; start < _extents.Length;)
        {
            int end = start;
            int bytes = 0;
            do
            {
                bytes += _extents[end++].Length + 1;
            }
            while (end < _extents.Length && bytes + _extents[end].Length <= ChunkBytes);

            WriteChunk(database, scratch, journal, number, _extents.AsSpan(start, end - start), bytes - 1);
            start = end;
        }
    }

    /// <summary>Tells the stream where its records are now. Under its session's gate.</summary>
    public void End() => stream.MoveTo(Stored);

    private void WriteChunk(
        SqliteDatabase database, ByteWriter scratch, JournalLog journal, long number, ReadOnlySpan<Extent> extents, int bytes)
    {
        byte[] records = ArrayPool<byte>.Shared.Rent(bytes);
        try
        {
            if (!ExtentReader.TryRead(journal, extents, records.AsSpan(0, bytes)))
            {
                throw new InvalidOperationException("A segment was released before its records moved.");
            }

            long first = extents[0].First;
            long tail = extents[^1].Tail;
            ChunkRows.Put(database, scratch, number, name, first, (int)(tail - first), records.AsSpan(0, bytes));
            Stored = Stored with { StoredFrom = Stored.StoredFrom == Stored.StoredTo ? first : Stored.StoredFrom, StoredTo = tail };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(records);
        }
    }
}
