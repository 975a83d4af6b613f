using AgentSessions.Core.Nodes;
using AgentSessions.Orleans.Contracts;
using AgentSessions.Orleans.Grains;

namespace AgentSessions.Orleans.Hosting;

/// <summary>The nodes of the cluster. One that does not answer in time is listed without its counts.</summary>
internal sealed class ClusterNodes(IClusterMembershipService membership, ILocalSiloDetails here, IGrainFactory grains) : INodeDirectory
{
    /// <summary>An operator looks every few seconds, so a node that hangs must not hold up what the others say.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<NodeInfo>> ListAsync(CancellationToken cancellationToken)
    {
        ClusterMember[] members = [.. membership.CurrentSnapshot.Members.Values.Where(static member => member.Status is not (SiloStatus.Dead or SiloStatus.None))];
        Dictionary<SiloAddress, int> sessions = await SessionsAsync(cancellationToken);
        return await Task.WhenAll(members.OrderBy(static member => member.Name).Select(member => DescribeAsync(member, sessions, cancellationToken)));
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DrainAsync(string name, CancellationToken cancellationToken)
    {
        ClusterMember? member = membership.CurrentSnapshot.Members.Values.FirstOrDefault(member => member.Status == SiloStatus.Active && NameOf(member) == name);
        return member is not null && await AskAsync(member.SiloAddress, static node => node.DrainAsync(), cancellationToken);
    }

    private async Task<NodeInfo> DescribeAsync(ClusterMember member, Dictionary<SiloAddress, int> sessions, CancellationToken cancellationToken)
    {
        NodeInfo? report = member.Status == SiloStatus.Active
            ? await AskAsync(member.SiloAddress, static node => node.ReportAsync(), cancellationToken)
            : null;
        return (report ?? new NodeInfo("", IsThis: false, StateOf(member.Status))) with
        {
            Name = NameOf(member),
            IsThis = member.SiloAddress.Equals(here.SiloAddress),
            Sessions = sessions.TryGetValue(member.SiloAddress, out int count) ? count : report is null ? null : 0,
        };
    }

    /// <summary>Names are free text and several processes of a machine may share one, so the address tells them apart.</summary>
    private static string NameOf(ClusterMember member) => $"{member.Name}@{member.SiloAddress.Endpoint}";

    /// <summary>Asks the grain that speaks for a node; the default if the node does not answer in time.</summary>
    private async Task<T?> AskAsync<T>(SiloAddress node, Func<INodeGrain, Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await ask(grains.GetGrain<INodeGrain>(node.ToParsableString())).WaitAsync(_patience, cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return default;
        }
    }

    private async Task<Dictionary<SiloAddress, int>> SessionsAsync(CancellationToken cancellationToken)
    {
        try
        {
            SimpleGrainStatistic[] all = await grains.GetGrain<IManagementGrain>(0).GetSimpleGrainStatistics().WaitAsync(_patience, cancellationToken);
            return all.Where(static statistic => statistic.GrainType.Contains(nameof(SessionGrain), StringComparison.Ordinal))
                .GroupBy(static statistic => statistic.SiloAddress)
                .ToDictionary(static node => node.Key, static node => node.Sum(static statistic => statistic.ActivationCount));
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The table of members cannot be read, which leaves the grain as whatever the database's failure is.
            return [];
        }
    }

    private static string StateOf(SiloStatus status) => status switch
    {
        SiloStatus.Active => "unreachable",
        SiloStatus.ShuttingDown or SiloStatus.Stopping => "draining",
        _ => "joining",
    };
}
