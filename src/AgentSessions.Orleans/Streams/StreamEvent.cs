using AgentSessions.Protocol.Records;

namespace AgentSessions.Orleans.Streams;

/// <summary>What is carried of a stream: a batch of records that are durable, or the news that it was deleted or its session's run cut off.</summary>
/// <remarks>Read by nodes of other versions: members are added with new ids, and never change.</remarks>
[GenerateSerializer, Immutable, Alias("AgentSessions.StreamEvent")]
internal sealed class StreamEvent
{
    /// <summary>The sequence of the first record.</summary>
    [Id(0)]
    public long First { get; init; }

    /// <summary>How many records there are; 0 when the stream was deleted, -1 when a run was cut off.</summary>
    [Id(1)]
    public int Count { get; init; }

    /// <summary>When the last record was made, in Unix milliseconds.</summary>
    [Id(2)]
    public long Timestamp { get; init; }

    /// <summary>The records' JSON, joined by commas.</summary>
    [Id(3)]
    public ReadOnlyMemory<byte> Records { get; init; }

    /// <summary>The news that the stream was deleted.</summary>
    public static readonly StreamEvent Deleted = new();

    /// <summary>The news that the session's run was cut off. For those that say that they know it: others take it for a batch.</summary>
    public static readonly StreamEvent Interruption = new() { Count = -1 };

    /// <summary>Whether a run was cut off.</summary>
    public bool IsInterruption => Count < 0;

    /// <summary>The event of a batch.</summary>
    public static StreamEvent Of(RecordBatch batch) => new() { First = batch.First.Value, Count = batch.Count, Timestamp = batch.Timestamp, Records = batch.Records };

    /// <summary>The batch; null when this tells of none.</summary>
    public RecordBatch? ToBatch() => Count <= 0 ? null : new RecordBatch(new Cursor(First), Count, Timestamp, Records);
}
