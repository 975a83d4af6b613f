using System.Diagnostics;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Holding;
using AgentSessions.Core.Storage;
using AgentSessions.Orleans.Calls;
using AgentSessions.Orleans.Contracts;
using AgentSessions.Orleans.Placement;
using AgentSessions.Orleans.Tests.Hosting;
using AgentSessions.Testing;
using AgentSessions.TestServer;
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
        CutOff();

        var clock = Stopwatch.StartNew();
        await _nodes.Engine(0).SayAsync("cut", "one");

        Assert.True(clock.Elapsed < _unaided, $"It took {clock.Elapsed}.");
        Assert.Contains("one", Chat.Text(await _nodes.Engine(0).ReadTurnsAsync("cut", 1)));
        Assert.Equal(1, _nodes.Service<CutWay>(0).Lost);
    }

    [Fact]
    public async Task Node_ThatDoubtsNobody_WaitsForASlowAnswer()
    {
        StartedSession started = await _nodes.Engine(0).OpenAsync("slow");
        CutWay way = _nodes.Service<CutWay>(0);
        way.IsCut = true;
        var time = new ManualTime();
        time.Advance(DateTimeOffset.UtcNow - time.GetUtcNow());
        var detours = new CountedDetours(_nodes.Service<IDetours>(0));
        var calls = new SessionCalls(_nodes.Service<IGrainFactory>(0), detours, time);

        Task<SessionRow> asked = calls.CallAsync(Chat.Key("slow"), static grain => grain.UpdateAsync(new UpdateSession()), isRepeatable: true, CancellationToken.None).AsTask();
        await Eventually.TrueAsync(
            () =>
            {
                time.Advance(detours.Patience);
                return Task.FromResult(detours.Asked >= 4);
            },
            "other ways are thought of");
        Assert.False(asked.IsCompleted);

        way.Heal();
        Assert.Equal(started.Row.Id, (await asked.WaitAsync(Chat.Limit)).Id);
        Assert.Equal(1, way.Lost);
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

    /// <summary>A link may hold what was sent for minutes, and what others did meanwhile is not to be undone by it.</summary>
    [Fact]
    public async Task StartThatArrivesLate_BringsBackNothingThatWasDeleted()
    {
        CutOff();
        await _nodes.Engine(0).OpenAsync("late");
        await _nodes.Engine(2).DeleteAsync(Chat.Key("late"), CancellationToken.None);

        await HealAsync();

        Assert.Null(await _nodes.Engine(2).FindAsync(Chat.Key("late"), CancellationToken.None));
    }

    [Fact]
    public async Task DeleteThatArrivesLate_LeavesTheSuccessor()
    {
        await _nodes.Engine(2).OpenAsync("late");
        CutOff();
        Assert.True(await _nodes.Engine(0).DeleteAsync(Chat.Key("late"), CancellationToken.None));
        StartedSession successor = await _nodes.Engine(2).OpenAsync("late");

        await HealAsync();

        Assert.Equal(successor.Row.Id, (await _nodes.Engine(2).FindAsync(Chat.Key("late"), CancellationToken.None))?.Id);
    }

    [Fact]
    public async Task MessageThatArrivesLate_DoesNotReachTheSuccessor()
    {
        await _nodes.Engine(2).OpenAsync("late");
        CutOff();
        await _nodes.Engine(0).SayAsync("late", "secret");
        await _nodes.Engine(2).DeleteAsync(Chat.Key("late"), CancellationToken.None);
        await _nodes.Engine(2).OpenAsync("late");

        await HealAsync();

        Assert.Equal(default, (await _nodes.Engine(2).GetBoundsAsync(StreamId.In(Chat.Key("late")), CancellationToken.None)).Tail);
    }

    [Fact]
    public async Task TakeOverThatArrivesLate_TakesNothingAway()
    {
        await _nodes.Engine(2).OpenAsync("late");
        CutOff();
        Assert.True((await HoldAsync(0, new HoldSession(HoldAction.TakeOver) { By = "ada" })).IsHeld);
        Assert.False((await HoldAsync(2, new HoldSession(HoldAction.HandBack))).IsHeld);

        await HealAsync();

        Assert.False((await _nodes.Engine(2).FindAsync(Chat.Key("late"), CancellationToken.None))!.IsHeld);
    }

    [Fact]
    public async Task ChangeThatArrivesLate_OverwritesNothingNewer()
    {
        await _nodes.Engine(2).OpenAsync("late");
        CutOff();
        await ChangeAsync(0, "old");
        await ChangeAsync(2, "new");

        await HealAsync();

        Assert.Equal(["new"], (await _nodes.Engine(2).FindAsync(Chat.Key("late"), CancellationToken.None))!.Tags);
        StoredTranscript stored = await _nodes.Engine(2).ReadTranscriptAsync(Chat.Key("late"), null, null, CancellationToken.None);
        Assert.Equal("new", Assert.Single(stored.Messages).Id);
    }

    /// <summary>Cuts a node off from where sessions are, so that its calls go by way of another.</summary>
    private void CutOff()
    {
        _nodes.Service<CutWay>(0).IsCut = true;
        _nodes.Service<NodeStates>(0).Doubt(new HashSet<SiloAddress> { _nodes.Service<ILocalSiloDetails>(1).SiloAddress });
    }

    private async Task HealAsync()
    {
        CutWay way = _nodes.Service<CutWay>(0);
        Assert.True(way.Lost > 0);
        way.Heal();
        await Eventually.HoldsAsync(() => Task.FromResult(way.Late), late => late == way.Lost, "what was under way has arrived");
    }

    private ValueTask<SessionRow> HoldAsync(int node, HoldSession hold) => _nodes.Engine(node).HoldAsync(Chat.Key("late"), hold, CancellationToken.None);

    private async Task ChangeAsync(int node, string to)
    {
        await _nodes.Engine(node).UpdateAsync(Chat.Key("late"), new UpdateSession { Tags = [to] }, CancellationToken.None);
        var transcript = new TranscriptDelta { TruncateAfter = "", Puts = [new StoredMessage(to, "{}"u8.ToArray(), Final: true)] };
        await _nodes.Engine(node).ReplaceTranscriptAsync(Chat.Key("late"), transcript, CancellationToken.None);
    }

    /// <summary>The ways of a node, and how often they were looked for.</summary>
    private sealed class CountedDetours(IDetours inner) : IDetours
    {
        private int _asked;

        public TimeSpan Patience => inner.Patience;

        public int Asked => Volatile.Read(ref _asked);

        public ISessionGrain? Find(SessionKey session, int attempt)
        {
            Interlocked.Increment(ref _asked);
            return inner.Find(session, attempt);
        }
    }

    /// <summary>Keeps calls to sessions, but for those by way of others.</summary>
    private sealed class CutWay : IOutgoingGrainCallFilter
    {
        private readonly TaskCompletionSource _healed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _lost;
        private int _late;

        public bool IsCut { get; set; }

        public int Lost => _lost;

        /// <summary>How many of those that were lost have come to their end since.</summary>
        public int Late => _late;

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
                await InvokeLateAsync(context);
                return;
            }

            await context.Invoke();
        }

        private async Task InvokeLateAsync(IOutgoingGrainCallContext context)
        {
            try
            {
                await context.Invoke();
            }
            finally
            {
                Interlocked.Increment(ref _late);
            }
        }
    }
}
