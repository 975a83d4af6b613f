using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Acting;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Embedded;
using AgentSessions.Protocol.Errors;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Simulation.Tests.World;

/// <summary>One life of a server process: the real engine, runs and hub over the shared store.</summary>
internal sealed class SimNode : IDisposable
{
    private static readonly TimeSpan _sweepInterval = new EmbeddedEngineOptions().SweepInterval;
    private readonly SimTime _time;
    private readonly SimStore _store;
    private readonly ServiceProvider _provider;
    private readonly Action<SimNode> _crashed;

    public SimNode(SimWorld world, string name, Action<SimNode, SessionCommit> committed, Action<SimNode> crashed)
    {
        Name = name;
        _time = world.Time;
        _crashed = crashed;
        Clock = new NodeClock(world.Time);
        _store = new SimStore(world.Stored, this, world.Faults, world.Time, committed);
        Hub = new StreamHub(_store, Clock, new StreamHubOptions { PollInterval = TimeSpan.FromSeconds(5), Tick = TimeSpan.FromSeconds(1) });
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(Clock);
        services.AddSingleton<ISessionStore>(_store);
        services.AddSingleton<IStateStore>(_store);
        services.AddSingleton(Hub);
        services.AddSingleton(new RunHostOptions { MaxAttempts = 1000, Scheduler = world.Scheduler });
        services.AddSingleton(new Gathering(Clock, () => world.GatherDelay));
        services.AddAgentRuntime();
        services.AddAgentSessions().AddAgent(EchoAgent.Name, new EchoAgent(world).RunAsync, options =>
        {
            options.IdleTimeout = TimeSpan.FromSeconds(20);
            options.MaxTurns = world.MaxTurns ?? options.MaxTurns;
        });
        _provider = services.BuildServiceProvider();
        var context = new SessionContext(
            _store, Hub, _provider.GetRequiredService<IRunHost>(), _provider.GetRequiredService<IAgentCatalog>(), Clock, world.Ids);
        Engine = new EmbeddedSessionEngine(context, _store, new EmbeddedEngineOptions());
    }

    public string Name { get; }

    public NodeClock Clock { get; }

    public StreamHub Hub { get; }

    public EmbeddedSessionEngine Engine { get; }

    public bool IsDead { get; private set; }

    /// <summary>Dies as a killed process does: none of its calls comes back, and nothing it does is seen.</summary>
    public void Crash()
    {
        if (!IsDead)
        {
            IsDead = true;
            Hub.Dispose();
            _crashed(this);
        }
    }

    /// <summary>Lets go of what a process has of the machine. Runs are not waited for: nothing moves them any more.</summary>
    /// <remarks>Providers that are not disposed of stay in a list that the library keeps for whoever traces, and each collection walks it.</remarks>
    public void Dispose() => _ = _provider.DisposeAsync();

    /// <summary>What a process does every few seconds while it lives.</summary>
    public async Task SweepAsync()
    {
        while (!IsDead)
        {
            await Task.Delay(_sweepInterval, _time);
            try
            {
                await Engine.SweepAsync(static (session, exception) => throw new InvalidOperationException($"Session {session.Key} could not be helped.", exception), CancellationToken.None);
            }
            catch (SessionException exception) when (exception.Code == SessionErrorCode.StoreUnavailable)
            {
                // the next sweep looks again
            }
        }
    }

    /// <summary>What a process does when it starts: looks after every session whose run is nowhere.</summary>
    public async Task RecoverAsync()
    {
        while (!IsDead)
        {
            try
            {
                foreach (SessionKey session in await _store.ListLiveAsync(after: null, limit: 100, CancellationToken.None))
                {
                    await Engine.RecoverAsync(session, CancellationToken.None);
                }

                return;
            }
            catch (Exception exception) when (exception is StoreUnavailableException or SessionException { Code: SessionErrorCode.StoreUnavailable })
            {
                await Task.Delay(TimeSpan.FromSeconds(1), _time);
            }
        }
    }
}
