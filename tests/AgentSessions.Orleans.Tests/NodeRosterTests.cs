using System.Net;
using AgentSessions.Orleans.Hosting;

namespace AgentSessions.Orleans.Tests;

/// <summary>Which nodes an operator is told of.</summary>
public sealed class NodeRosterTests
{
    private readonly NodeRoster _roster = new(Address(1));
    private bool _isAnyGone;

    [Fact]
    public void WhatWasBeforeThisNode_IsNoNews()
    {
        Assert.Equal("", Read((2, SiloStatus.Active), (3, SiloStatus.Dead)));
        Assert.Equal("", Read((1, SiloStatus.Joining), (2, SiloStatus.Active), (3, SiloStatus.Dead)));
        Assert.Equal("", Read((1, SiloStatus.Active), (2, SiloStatus.Active), (3, SiloStatus.Dead)));
        Assert.Equal("", Read((1, SiloStatus.Active), (2, SiloStatus.Active), (3, SiloStatus.Dead)));
    }

    [Fact]
    public void NodeThatComesAndLeaves_IsToldOnceEach()
    {
        Read((1, SiloStatus.Active));
        Assert.Equal("", Read((1, SiloStatus.Active), (2, SiloStatus.Joining)));
        Assert.Equal("+2", Read((1, SiloStatus.Active), (2, SiloStatus.Active)));
        Assert.Equal("", Read((1, SiloStatus.Active), (2, SiloStatus.ShuttingDown)));
        Assert.Equal("-2", Read((1, SiloStatus.Active), (2, SiloStatus.Dead)));
        Assert.Equal("", Read((1, SiloStatus.Active), (2, SiloStatus.Dead)));
    }

    [Fact]
    public void NodeThatDiedBeforeItWasSeenAlive_IsTold()
    {
        Read((1, SiloStatus.Active));
        Assert.Equal("-2 +3", Read((1, SiloStatus.Active), (2, SiloStatus.Dead), (3, SiloStatus.Active)));
    }

    /// <summary>A node looks after sessions of those too that died while it was on its way into the cluster.</summary>
    [Fact]
    public void NodeThatIsDead_IsGoneOnce_EvenWhenNobodyIsTold()
    {
        Assert.Equal("", Read((1, SiloStatus.Joining), (2, SiloStatus.ShuttingDown), (3, SiloStatus.Dead)));
        Assert.True(_isAnyGone);
        Assert.Equal([Address(3)], _roster.Gone);

        Read((1, SiloStatus.Active), (2, SiloStatus.ShuttingDown), (3, SiloStatus.Dead));
        Assert.False(_isAnyGone);

        Assert.Equal("-2", Read((1, SiloStatus.Active), (2, SiloStatus.Dead), (3, SiloStatus.Dead)));
        Assert.True(_isAnyGone);
        Assert.Equal([Address(3), Address(2)], _roster.Gone);
    }

    private static SiloAddress Address(int number) => SiloAddress.New(new IPEndPoint(IPAddress.Loopback, number), number);

    private string Read(params (int Number, SiloStatus Status)[] members)
    {
        (IReadOnlyList<ClusterMember> came, IReadOnlyList<ClusterMember> left, _isAnyGone) =
            _roster.Read(members.Select(static member => new ClusterMember(Address(member.Number), member.Status, $"{member.Number}")));
        return string.Join(' ', left.Select(static member => $"-{member.Name}").Concat(came.Select(static member => $"+{member.Name}")));
    }
}
