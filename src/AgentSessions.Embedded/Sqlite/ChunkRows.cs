using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Entries;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>The table <c>chunks</c>: consecutive records of a stream, packed.</summary>
internal static class ChunkRows
{
    /// <summary>Reads records from a sequence number on.</summary>
    /// <param name="database">The connection.</param>
    /// <param name="number">The session.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="from">The first sequence wanted.</param>
    /// <param name="maxBytes">Where to end; at least one record is answered.</param>
    /// <returns>Null if no chunk holds the sequence.</returns>
    public static RecordBatch? Read(SqliteDatabase database, long number, string stream, long from, int maxBytes)
    {
        using SqliteStatement chunks = database.Use(
            """
            SELECT first, count, body FROM chunks WHERE session = ?1 AND stream = ?2 AND first >= coalesce(
                (SELECT max(first) FROM chunks WHERE session = ?1 AND stream = ?2 AND first <= ?3), ?3)
            ORDER BY first
            """);
        chunks.Bind(number).Bind(stream).Bind(from);
        var found = new List<RecordBatch>();
        long next = from;
        for (int bytes = 0; (found.Count == 0 || bytes < maxBytes) && chunks.Step();)
        {
            long first = chunks.Number(0);
            var tail = new Cursor(first + chunks.Number(1));
            if (first > next || tail.Value <= next)
            {
                break;
            }

            byte[] records = ChunkPacking.Unpack(CheckedBody.Open(chunks.Blob(2), OwnerOf(number, first), "chunk"));
            RecordBatch whole = RecordBatch.Wrap(new Cursor(first), records);
            if (whole.Tail != tail)
            {
                throw new StoreDamagedException($"The chunk at {first} of session number {number} contradicts its row. Restore the store from a backup.");
            }

            RecordBatch batch = whole.From(new Cursor(next))!;
            found.Add(batch);
            bytes += batch.Records.Length;
            next = tail.Value;
        }

        return found.Count == 0 ? null : found.Join().Within(maxBytes);
    }

    public static void Put(SqliteDatabase database, ByteWriter scratch, long number, string stream, long first, int count, ReadOnlySpan<byte> records)
    {
        scratch.Clear();
        ChunkPacking.Pack(scratch, records);
        using SqliteStatement put = database.Use("INSERT INTO chunks (session, stream, first, count, body) VALUES (?, ?, ?, ?, ?)");
        put.Bind(number).Bind(stream).Bind(first).Bind(count).Bind(CheckedBody.Seal(scratch, OwnerOf(number, first))).Run();
    }

    /// <summary>Removes the chunks whose records are all before a sequence number.</summary>
    /// <returns>The first record of the oldest chunk that is left, or null.</returns>
    public static long? RemoveBefore(SqliteDatabase database, long number, string stream, long oldest)
    {
        using SqliteStatement remove = database.Use("DELETE FROM chunks WHERE session = ? AND stream = ? AND first + count <= ?");
        remove.Bind(number).Bind(stream).Bind(oldest).Run();
        using SqliteStatement left = database.Use("SELECT min(first) FROM chunks WHERE session = ? AND stream = ?");
        return left.Bind(number).Bind(stream).Step() && !left.IsNull(0) ? left.Number(0) : null;
    }

    // The place counts into the checksum, so that a chunk whose key was damaged is not served as another.
    private static long OwnerOf(long number, long first) => number ^ (first << 20);
}
