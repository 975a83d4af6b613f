using AgentSessions.Orleans.Contracts;

namespace AgentSessions.Orleans.Hosting;

/// <summary>Tells the other nodes that this one leaves, or is warm. Whoever cannot be told within seconds does without.</summary>
internal sealed class NodeNews(IClusterMembershipService membership, ILocalSiloDetails here, IGrainFactory grains, TimeProvider time)
{
    private const int Attempts = 5;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);

    public Task TellAsync(bool isLeaving, CancellationToken cancellationToken) => Task.WhenAll(membership.CurrentSnapshot.Members.Values
        .Where(member => member.Status == SiloStatus.Active && !member.SiloAddress.Equals(here.SiloAddress))
        .Select(member => TellAsync(member.SiloAddress, isLeaving, cancellationToken)));

    private async Task TellAsync(SiloAddress node, bool isLeaving, CancellationToken cancellationToken)
    {
        for (int i = 0; i < Attempts; i++)
        {
            try
            {
                await grains.GetGrain<INodeGrain>(node.ToParsableString())
                    .HearAsync(here.SiloAddress.ToParsableString(), isLeaving).WaitAsync(_patience, time, cancellationToken);
                return;
            }
            catch (Exception) when (!cancellationToken.IsCancellationRequested)
            {
                // One that is new is not known everywhere yet, and an older version does not listen.
                await Task.Delay(_pause, time, cancellationToken);
            }
        }
    }
}
