namespace AgentSessions.Orleans.Streams.Direct;

/// <summary>An event on its way to a node that follows the stream.</summary>
/// <remarks>Read by nodes of other versions: members are added with new ids, and never change.</remarks>
[GenerateSerializer, Immutable, Alias("AgentSessions.StreamPush")]
internal sealed class StreamPush
{
    /// <summary>The stream.</summary>
    [Id(0)]
    public StreamName Stream { get; init; }

    /// <summary>What happened in it.</summary>
    [Id(1)]
    public StreamEvent Event { get; init; } = StreamEvent.Deleted;
}
