using AgentSessions.Core;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.Hosting;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Acting;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Embedded;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AgentSessions.Testing;

/// <summary>One life of the process under test: everything but the stored bytes.</summary>
internal sealed class TestProcess : IAsyncDisposable
{
    private readonly ServiceProvider _provider;
    private readonly StreamHub _hub;
    private readonly SessionContext _context;

    public TestProcess(AgentTestHostBuilder builder, TestStore store, ManualTime time, IIdSource ids, ScriptedModel model, TestObserver observer)
    {
        Store = store;
        _hub = new StreamHub(store, time);
        var services = new ServiceCollection();
        foreach (ServiceDescriptor descriptor in builder.Services)
        {
            services.Add(descriptor);
        }

        services.TryAddSingleton<IChatClient>(model);
        services.AddSingleton<TimeProvider>(time);
        services.AddSingleton<ISessionStore>(store);
        services.AddSingleton<IStateStore>(store);
        services.AddSingleton(_hub);
        services.AddSingleton<IRunObserver>(observer);

        // On a busy processor chunks would wait for a clock that stands still.
        services.AddSingleton(new Gathering(time, static () => TimeSpan.Zero));
        services.AddAgentRuntime();
        services.AddSingleton<ISessionEngine>(_ => Engine!);
        builder.Register(services.AddAgentSessions());
        _provider = services.BuildServiceProvider();
        Runs = _provider.GetRequiredService<RunHost>();
        _context = new SessionContext(store, _hub, Runs, _provider.GetRequiredService<IAgentCatalog>(), time, ids);
        Engine = new EmbeddedSessionEngine(_context, store, new EmbeddedEngineOptions());
    }

    public TestStore Store { get; }

    public RunHost Runs { get; }

    public EmbeddedSessionEngine Engine { get; }

    public IServiceProvider Services => _provider;

    /// <summary>Starts a session whose first run dies before it does anything.</summary>
    public Task<StartedSession> StartLostAsync(StartSession start) =>
        new EmbeddedSessionEngine(_context with { Runs = new LostRuns() }, Store, new EmbeddedEngineOptions()).StartAsync(start, CancellationToken.None).AsTask();

    /// <summary>Ends as a killed process does: nothing more is written, and nobody is told.</summary>
    public void Kill()
    {
        Store.Kill();
        _hub.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        Engine.Drain();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        Task stopping = Runs.StopAsync(TimeSpan.Zero, now.Token);
        await Task.WhenAny(stopping, Task.Delay(TimeSpan.FromSeconds(5)));
        _hub.Dispose();
    }

    /// <summary>A host that has died: what is started there is nowhere.</summary>
    private sealed class LostRuns : IRunHost
    {
        public void Start(RunStart start, IRunOwner owner)
        {
        }

        public void Cancel(SessionKey session, string runId)
        {
        }

        public RunStatus? StatusOf(SessionKey session, string runId) => null;
    }
}
