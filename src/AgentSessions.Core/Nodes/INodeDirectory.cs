namespace AgentSessions.Core.Nodes;

/// <summary>Which processes serve the sessions, for operators to see and to drain. An engine provides it.</summary>
public interface INodeDirectory
{
    /// <summary>All nodes that are known, this one among them.</summary>
    ValueTask<IReadOnlyList<NodeInfo>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Asks another node to drain: it starts no more turns, lets those that run finish within their grace, and ends its process.</summary>
    /// <param name="name">Its name, as listed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it was reached; it may still be draining then.</returns>
    ValueTask<bool> DrainAsync(string name, CancellationToken cancellationToken);
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

    /// <summary>The memory of its process in bytes.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>How long it has been up.</summary>
    public long? UptimeSeconds { get; init; }

    /// <summary>The minutes of the last hour in which turns ended on it.</summary>
    public IReadOnlyList<TurnMinute>? LastHour { get; init; }
}
