using AgentSessions.Core.Nodes;
using AgentSessions.Orleans.Calls;
using AgentSessions.Orleans.Grains;
using Orleans.Runtime.Placement;

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

    private async Task<NodeInfo> DescribeAsync(ClusterMember member, Dictionary<SiloAddress, int> sessions, CancellationToken cancellationToken)
    {
        NodeInfo? report = member.Status == SiloStatus.Active ? await ReportAsync(member.SiloAddress, cancellationToken) : null;

        // Names are free text and several processes of a machine may share one, so the address tells them apart.
        return new NodeInfo($"{member.Name}@{member.SiloAddress.Endpoint}", member.SiloAddress.Equals(here.SiloAddress), report?.State ?? StateOf(member.Status))
        {
            Sessions = sessions.TryGetValue(member.SiloAddress, out int count) ? count : report is null ? null : 0,
            Runs = report?.Runs,
            Turns = report?.Turns,
        };
    }

    private async Task<NodeInfo?> ReportAsync(SiloAddress node, CancellationToken cancellationToken)
    {
        RequestContext.Set(IPlacementDirector.PlacementHintKey, node);
        try
        {
            return await grains.GetGrain<INodeGrain>(node.ToParsableString()).ReportAsync().WaitAsync(_patience, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException || GrainFaults.IsUnreachable(exception))
        {
            return null;
        }
        finally
        {
            RequestContext.Remove(IPlacementDirector.PlacementHintKey);
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
        catch (Exception exception) when (exception is TimeoutException || GrainFaults.IsUnreachable(exception))
        {
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
