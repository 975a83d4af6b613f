namespace AgentSessions.Core.Nodes;

/// <summary>Which processes serve the sessions, for operators to see. An engine provides it.</summary>
public interface INodeDirectory
{
    /// <summary>All nodes that are known, this one among them.</summary>
    ValueTask<IReadOnlyList<NodeInfo>> ListAsync(CancellationToken cancellationToken);
}

/// <summary>A node as others see it. What it has not told is null.</summary>
/// <param name="Name">Its name, unique among the nodes.</param>
/// <param name="IsThis">Whether it is this process.</param>
/// <param name="State">A word such as <c>active</c>, <c>draining</c> or <c>dead</c>.</param>
public sealed record NodeInfo(string Name, bool IsThis, string State)
{
    /// <summary>Sessions in its memory.</summary>
    public int? Sessions { get; init; }

    /// <summary>Runs that live on it.</summary>
    public int? Runs { get; init; }

    /// <summary>Runs that are in a turn.</summary>
    public int? Turns { get; init; }
}
