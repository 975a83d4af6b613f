namespace AgentSessions.Orleans.Hosting;

/// <summary>Which nodes came and which left from one look at the members to the next. What was so before this node was one of them is no news.</summary>
/// <param name="here">This node.</param>
internal sealed class NodeRoster(SiloAddress here)
{
    private readonly HashSet<SiloAddress> _came = [];
    private readonly HashSet<SiloAddress> _gone = [];
    private bool _isMember;

    /// <summary>All nodes that are known to be dead, those that were before this node was a member as well.</summary>
    public IReadOnlyCollection<SiloAddress> Gone => _gone;

    /// <summary>Takes the members as they are now, this node being one of them or not yet.</summary>
    /// <returns>What an operator is told of, and whether <see cref="Gone"/> has grown.</returns>
    public (IReadOnlyList<ClusterMember> Came, IReadOnlyList<ClusterMember> Left, bool IsAnyGone) Read(IEnumerable<ClusterMember> members)
    {
        ClusterMember[] now = [.. members];
        ClusterMember[] came = [.. now.Where(member => member.Status == SiloStatus.Active && _came.Add(member.SiloAddress))];

        // Dead comes after leaving, and only then its grains are known to be gone.
        ClusterMember[] left = [.. now.Where(member => member.Status == SiloStatus.Dead && _gone.Add(member.SiloAddress))];
        if (_isMember)
        {
            return (came, left, left.Length > 0);
        }

        _isMember = _came.Contains(here);
        return ([], [], left.Length > 0);
    }
}
