using System.Diagnostics;
using AgentSessions.Core;
using AgentSessions.Orleans.Grains;
using AgentSessions.Orleans.Placement;
using AgentSessions.Orleans.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Orleans.Tests;

/// <summary>Calls whose straight way is cut: nothing comes back of what is sent.</summary>
public sealed class DetourTests : IAsyncLifetime
{
    /// <summary>What a test must not wait for: Orleans gives a call up after 30 seconds.</summary>
    private static readonly TimeSpan _unaided = TimeSpan.FromSeconds(30);

    private TestNodes _nodes = null!;

    public async Task InitializeAsync() => _nodes = await TestNodes.StartAsync(3, new TestNodesOptions
    {
        WithClient = true,
        Configure = static node => CutWay.Add(node.Services),
        ConfigureClient = static client => CutWay.Add(client.Services),
    });

    public async Task DisposeAsync() => await _nodes.DisposeAsync();

    [Fact]
    public async Task Node_WithACutLink_CallsByWayOfAnother()
    {
        await _nodes.Engine(0).OpenAsync("cut");
        _nodes.Service<CutWay>(0).IsCut = true;
        SiloAddress[] silos = [.. Enumerable.Range(0, _nodes.Count).Select(node => _nodes.Service<ILocalSiloDetails>(node).SiloAddress)];
        _nodes.Service<NodeStates>(0).Doubt(new HashSet<SiloAddress> { silos[1] });

        var clock = Stopwatch.StartNew();
        await _nodes.Engine(0).SayAsync("cut", "one");

        Assert.True(clock.Elapsed < _unaided, $"It took {clock.Elapsed}.");
        Assert.Contains("one", Chat.Text(await _nodes.Engine(0).ReadTurnsAsync("cut", 1)));
        Assert.Equal(1, _nodes.Service<CutWay>(0).Lost);
    }

    [Fact]
    public async Task Node_ThatDoubtsNobody_WaitsForASlowAnswer()
    {
        await _nodes.Engine(0).OpenAsync("slow");
        CutWay way = _nodes.Service<CutWay>(0);
        way.IsCut = true;
        Task said = _nodes.Engine(0).SayAsync("slow", "one").AsTask();
        await Assert.ThrowsAsync<TimeoutException>(() => said.WaitAsync(TimeSpan.FromSeconds(2)));

        way.Heal();
        await said.WaitAsync(Chat.Limit);
    }

    [Fact]
    public async Task Client_WhoseGatewayDoesNotAnswer_CallsByWayOfAnother_AndWhatItSaysCountsOnce()
    {
        ISessionEngine client = _nodes.ClientEngine;
        await client.OpenAsync("client");
        CutWay way = _nodes.ClientService<CutWay>();
        way.IsCut = true;

        var clock = Stopwatch.StartNew();
        var said = await client.SayAsync("client", "one");
        Assert.True(clock.Elapsed < _unaided, $"It took {clock.Elapsed}.");

        // What was under way arrives after all.
        way.Heal();
        Assert.Equal(said.Sequence, (await client.SayAsync("client", "one")).Sequence);
        Assert.Contains("one", Chat.Text(await client.ReadTurnsAsync("client", 1)));
    }

    /// <summary>Keeps calls to sessions, but for those by way of others.</summary>
    private sealed class CutWay : IOutgoingGrainCallFilter
    {
        private readonly TaskCompletionSource _healed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _lost;

        public bool IsCut { get; set; }

        public int Lost => _lost;

        public static void Add(IServiceCollection services)
        {
            services.AddSingleton<CutWay>();
            services.AddSingleton<IOutgoingGrainCallFilter>(static provider => provider.GetRequiredService<CutWay>());
        }

        public void Heal()
        {
            IsCut = false;
            _healed.TrySetResult();
        }

        public async Task Invoke(IOutgoingGrainCallContext context)
        {
            // A detour's grain has the session's interface, and no session's key.
            if (IsCut && context.Grain is ISessionGrain && context.Grain is not IDetourGrain)
            {
                Interlocked.Increment(ref _lost);
                await _healed.Task;
            }

            await context.Invoke();
        }
    }
}
