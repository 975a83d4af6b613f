using AgentSessions.Orleans.Streams;

namespace AgentSessions.Orleans.NextServer;

/// <summary>A <see cref="StreamEvent"/> with a member more.</summary>
[GenerateSerializer]
internal sealed class NextStreamEvent
{
    [Id(0)]
    public long First { get; init; }

    [Id(1)]
    public int Count { get; init; }

    [Id(2)]
    public long Timestamp { get; init; }

    [Id(3)]
    public ReadOnlyMemory<byte> Records { get; init; }

    [Id(4)]
    public string? Added { get; init; }
}
