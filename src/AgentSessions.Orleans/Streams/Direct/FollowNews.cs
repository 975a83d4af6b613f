namespace AgentSessions.Orleans.Streams.Direct;

/// <summary>What a process wants to be pushed from now on.</summary>
/// <remarks>Read by nodes of other versions: members are added with new ids, and never change.</remarks>
[GenerateSerializer, Immutable, Alias("AgentSessions.FollowNews")]
internal sealed class FollowNews
{
    /// <summary>The process; another one each time it starts.</summary>
    [Id(0)]
    public string Follower { get; init; } = "";

    /// <summary>Counts the news of a process to a node. 0 begins anew: what was said before does not count.</summary>
    [Id(1)]
    public long Number { get; init; }

    /// <summary>Streams that have readers there now.</summary>
    [Id(2)]
    public StreamName[] Added { get; init; } = [];

    /// <summary>Streams that have none any more.</summary>
    [Id(3)]
    public StreamName[] Removed { get; init; } = [];

    /// <summary>Whether the process knows <see cref="StreamEvent.Interruption"/>; one of a version that does not is not told.</summary>
    [Id(4)]
    public bool HearsInterruptions { get; init; }
}
