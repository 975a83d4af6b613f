namespace AgentSessions.Orleans.Watch;

/// <summary>Which nodes each node watches, and asks.</summary>
internal static class Neighbours
{
    /// <summary>So many watch each node, however large the cluster is.</summary>
    public const int Count = 3;

    /// <summary>All other active nodes, the nearest first, as if all stood in a ring; none if this node is not among the active ones.</summary>
    public static SiloAddress[] Of(SiloAddress here, IEnumerable<ClusterMember> members)
    {
        SiloAddress[] active = [.. members.Where(static member => member.Status == SiloStatus.Active).Select(static member => member.SiloAddress).Order()];
        int place = Array.IndexOf(active, here);
        return place < 0 ? [] : [.. active[(place + 1)..], .. active[..place]];
    }
}
