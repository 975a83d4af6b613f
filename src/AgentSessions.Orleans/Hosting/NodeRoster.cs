namespace AgentSessions.Orleans.Hosting;

/// <summary>Which nodes came and which left from one look at the members to the next. What was so before this node was one of them is no news.</summary>
/// <param name="here">This node.</param>
internal sealed class NodeRoster(SiloAddress here)
{
    private readonly HashSet<SiloAddress> _came = [];
    private readonly HashSet<SiloAddress> _left = [];
    private bool _isMember;

    /// <summary>Takes the members as they are now, this node being one of them or not yet.</summary>
    public (IReadOnlyList<ClusterMember> Came, IReadOnlyList<ClusterMember> Left) Read(IEnumerable<ClusterMember> members)
    {
        ClusterMember[] now = [.. members];
        ClusterMember[] came = [.. now.Where(member => member.Status == SiloStatus.Active && _came.Add(member.SiloAddress))];

        // Dead comes after leaving, and only then its grains are known to be gone.
        ClusterMember[] left = [.. now.Where(member => member.Status == SiloStatus.Dead && _left.Add(member.SiloAddress))];
        if (_isMember)
        {
            return (came, left);
        }

        _isMember = _came.Contains(here);
        return ([], []);
    }
}
