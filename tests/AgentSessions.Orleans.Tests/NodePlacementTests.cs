using System.Net;
using AgentSessions.Orleans.Placement;
using Orleans.Runtime.Placement;

namespace AgentSessions.Orleans.Tests;

public sealed class NodePlacementTests
{
    private static readonly SiloAddress _here = Node(1);
    private static readonly SiloAddress _other = Node(2);

    [Fact]
    public async Task GrainOfANode_IsPlacedThere() =>
        Assert.Equal(_other, await PlaceAsync(_other, new Nodes(_here, _other)));

    [Fact]
    public async Task GrainOfANodeThatIsNotKnownYet_IsPlacedNowhere_AndTheRuntimePrintsNothing()
    {
        SiloUnavailableException thrown = await Assert.ThrowsAsync<SiloUnavailableException>(() => PlaceAsync(_other, new Nodes(_here)));

        // The only cause, beside a client that is gone, that it does not take for a fault of its own.
        Assert.IsType<KeyNotFoundException>(thrown.GetBaseException());
    }

    private static async Task<SiloAddress> PlaceAsync(SiloAddress node, Nodes nodes) => await new NodePlacementDirector().OnAddActivation(
        new NodePlacement(), new PlacementTarget(GrainId.Create("followers", node.ToParsableString()), [], default, 0), nodes);

    private static SiloAddress Node(int generation) => SiloAddress.New(IPAddress.Loopback, 11111, generation);

    private sealed class Nodes(params SiloAddress[] known) : IPlacementContext
    {
        public SiloAddress LocalSilo => _here;

        public SiloStatus LocalSiloStatus => SiloStatus.Active;

        public SiloAddress[] GetCompatibleSilos(PlacementTarget target) => known;

        public IReadOnlyDictionary<ushort, SiloAddress[]> GetCompatibleSilosWithVersions(PlacementTarget target) => throw new NotSupportedException();
    }
}
