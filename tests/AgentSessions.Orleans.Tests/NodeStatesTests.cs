using System.Net;
using AgentSessions.Orleans.Placement;
using AgentSessions.Testing;

namespace AgentSessions.Orleans.Tests;

public sealed class NodeStatesTests
{
    private static readonly SiloAddress _one = Node(1);
    private static readonly SiloAddress _two = Node(2);
    private static readonly SiloAddress _new = Node(3);

    private readonly ManualTime _time = new();
    private readonly NodeStates _nodes;

    public NodeStatesTests()
    {
        _nodes = new NodeStates(_time);
        Assert.Equal([_one, _two], _nodes.Prefer([_one, _two]));
    }

    [Fact]
    public void NodeThatLeaves_GetsNothing()
    {
        _nodes.Leaves(_one);
        Assert.Equal([_two], _nodes.Prefer([_one, _two]));
    }

    [Fact]
    public void NodeThatCame_GetsNothingUntilItIsWarm()
    {
        Assert.Equal([_one, _two], _nodes.Prefer([_one, _two, _new]));
        Assert.True(_nodes.IsCold(_new));
        _nodes.IsWarm(_new);
        Assert.Equal([_one, _two, _new], _nodes.Prefer([_one, _two, _new]));
    }

    [Fact]
    public void NodeWhoseNewsGotLost_IsTakenForWarm()
    {
        _nodes.Prefer([_one, _new]);
        _time.Advance(NodeStates.LongestWarmUp);
        Assert.Equal([_one, _new], _nodes.Prefer([_one, _new]));
    }

    [Fact]
    public void NewsOfANodeThatWasNotSeenYet_Counts()
    {
        _nodes.IsWarm(_new);
        Assert.Equal([_one, _new], _nodes.Prefer([_one, _new]));
    }

    [Fact]
    public void WhereNoneIsBetter_AnyIsTaken()
    {
        _nodes.Prefer([_one, _new]);
        _nodes.Leaves(_one);
        Assert.Equal([_new], _nodes.Prefer([_one, _new]));
        _nodes.Leaves(_new);
        Assert.Equal([_one, _new], _nodes.Prefer([_one, _new]));
    }

    private static SiloAddress Node(int generation) => SiloAddress.New(IPAddress.Loopback, 11111, generation);
}
