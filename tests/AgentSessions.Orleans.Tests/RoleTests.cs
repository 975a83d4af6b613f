using System.Diagnostics;
using AgentSessions.Orleans.Calls;
using AgentSessions.Orleans.Messages;
using AgentSessions.Orleans.Placement;
using AgentSessions.Orleans.Settings;
using AgentSessions.Orleans.Tests.Hosting;
using AgentSessions.TestServer;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Orleans.Tests;

public sealed class RoleTests
{
    private const int Gateway = 2;
    private const int Sessions = 20;

    [Fact]
    public async Task Gateway_ServesSessions_ThatOnlySilosHost()
    {
        await using TestNodes nodes = await TestNodes.StartAsync(3, new TestNodesOptions
        {
            Settings = static node => new OrleansOptions { Role = node == Gateway ? OrleansRole.Gateway : OrleansRole.Silo },
        });

        // A silo that is still cold gets nothing yet.
        var hosts = new HashSet<int>();
        var clock = Stopwatch.StartNew();
        for (int first = 0; hosts.Count < 2; first += Sessions)
        {
            Assert.True(clock.Elapsed < NodeStates.LongestWarmUp * 4, "One silo hosts everything.");
            hosts.UnionWith(await Task.WhenAll(Enumerable.Range(first, Sessions).Select(i => nodes.TalkAsync(nodes.Engine(Gateway), $"g{i}"))));
            Assert.DoesNotContain(Gateway, hosts);
        }
    }

    [Fact]
    public async Task Gateway_ThatKnowsNoSilo_TakesNothingElseForASession()
    {
        await using TestNodes nodes = await TestNodes.StartAsync(1, new TestNodesOptions { Settings = static _ => new OrleansOptions { Role = OrleansRole.Gateway } });

        Assert.Throws<SessionMovedException>(() => SessionCalls.Grain(nodes.Service<IGrainFactory>(0), "default/alone"));
    }

    [Fact]
    public async Task SiloThatLeaves_HasElsewhere_OnlyWhileAnotherSiloStays()
    {
        await using TestNodes nodes = await TestNodes.StartAsync(3, new TestNodesOptions
        {
            Settings = static node => new OrleansOptions { Role = node == Gateway ? OrleansRole.Gateway : OrleansRole.Silo },
        });
        int[] silos = [.. Enumerable.Range(0, nodes.Count).Where(static node => node != Gateway)];
        ClusterDrain drain = nodes.Service<ClusterDrain>(silos[0]);
        drain.Begin();

        // What a node that has just come can do is known a moment later.
        await Eventually.TrueAsync(() => Task.FromResult(drain.HasElsewhere), "the other silo is known to host sessions");

        // The gateway stays, and hosts nothing.
        nodes.Service<NodeStates>(silos[0]).Leaves(nodes.Service<ILocalSiloDetails>(silos[1]).SiloAddress);
        Assert.False(drain.HasElsewhere);
    }

    [Fact]
    public async Task Client_OutsideTheCluster_HasTheSameEngine()
    {
        await using TestNodes nodes = await TestNodes.StartAsync(2, new TestNodesOptions { WithClient = true });

        await nodes.TalkAsync(nodes.ClientEngine, "client");

        Assert.Equal("echo client", Chat.Text(await nodes.Engine(0).ReadTurnsAsync("client", 1)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Client_WhoseClockIsWrongByAnHour_IsServed(int hours)
    {
        await using TestNodes nodes = await TestNodes.StartAsync(1, new TestNodesOptions
        {
            WithClient = true,
            ConfigureClient = client => client.Services.AddSingleton<TimeProvider>(new WrongTime(TimeSpan.FromHours(hours))),
        });

        await nodes.TalkAsync(nodes.ClientEngine, "client");
    }

    private sealed class WrongTime(TimeSpan ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;
    }
}
