using AgentSessions.Embedded.Entries;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>What the database says of a stream.</summary>
/// <param name="Oldest">The oldest kept record.</param>
/// <param name="Tail">The next record.</param>
/// <param name="Timestamp">When the newest record was made.</param>
/// <param name="StoredFrom">The first record of the oldest chunk; equal to <paramref name="StoredTo"/> if there is none.</param>
/// <param name="StoredTo">The place behind the newest chunk. Records from there to the tail are in the journal.</param>
internal readonly record struct StoredStream(long Oldest, long Tail, long Timestamp, long StoredFrom, long StoredTo)
{
    public void Write(ByteWriter writer)
    {
        writer.Number(Oldest);
        writer.Number(Tail);
        writer.Signed(Timestamp);
        writer.Number(StoredFrom);
        writer.Number(StoredTo);
    }

    public static StoredStream Read(ref ByteReader reader) =>
        new(reader.Number(), reader.Number(), reader.Signed(), reader.Number(), reader.Number());
}
