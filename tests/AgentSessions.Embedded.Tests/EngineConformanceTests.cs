using AgentSessions.Conformance.Engine;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Acting;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams.Live;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Embedded.Tests;

public sealed class EngineOnFilesTests : SessionEngineConformance
{
    private readonly TestDirectory _directory = new();

    protected override async Task<EngineHost> StartHostAsync() => await new EmbeddedHost(async () => await TestStore.OpenAsync(_directory.Path)).StartAsync();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }
}

public sealed class EngineInMemoryTests : SessionEngineConformance
{
    private readonly InMemorySessionStore _store = new();

    protected override async Task<EngineHost> StartHostAsync() => await new EmbeddedHost(() => Task.FromResult<ISessionStore>(_store)).StartAsync();
}

/// <summary>Nobody is told of anything: the engine's sessions and readers have one hub and its runs another, so all live by polling.</summary>
public sealed class EngineWithoutSignalTests : SessionEngineConformance
{
    private readonly InMemorySessionStore _store = new();

    protected override async Task<EngineHost> StartHostAsync() =>
        await new EmbeddedHost(() => Task.FromResult<ISessionStore>(_store), Separate).StartAsync();

    private static void Separate(IServiceCollection services)
    {
        var options = new StreamHubOptions { PollInterval = TimeSpan.FromMilliseconds(20), Tick = TimeSpan.FromMilliseconds(10) };
        services.AddSingleton(provider => new StreamHub(provider.GetRequiredService<ISessionStore>(), TimeProvider.System, options));
        services.AddSingleton(provider => new SessionContext(
            provider.GetRequiredService<ISessionStore>(),
            new StreamHub(provider.GetRequiredService<ISessionStore>(), TimeProvider.System, options),
            provider.GetRequiredService<IRunHost>(),
            provider.GetRequiredService<IAgentCatalog>(),
            TimeProvider.System,
            provider.GetRequiredService<IIdSource>()));
    }
}
