using AgentSessions.Core.Streams;
using AgentSessions.Postgres.Values;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Postgres.Commits;

/// <summary>A batch as a row of the records table.</summary>
internal sealed class StoredBatch(RecordBatch batch)
{
    public long First => batch.First.Value;

    public int Count => batch.Count;

    public long Time => batch.Timestamp;

    public int Crc { get; } = RecordChecksum.Of(batch.First.Value, batch.Records.Span);

    public ReadOnlyMemory<byte> Data => batch.Records;
}

/// <summary>A batch for a side channel.</summary>
internal sealed record SideAppend(PendingCommit Owner, StreamId Stream, StoredBatch Batch)
{
    public string Channel { get; } = StoredText.Encode(Stream.Channel);

    public short Direction => (short)Stream.Direction;
}
