using AgentSessions.Conformance.Engine;
using AgentSessions.Core;
using AgentSessions.Core.Expiry;
using AgentSessions.Core.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Embedded.Tests;

/// <summary>The embedded engine as a host has it, over any store.</summary>
/// <param name="open">Opens the store; after a restart, what it stored.</param>
/// <param name="configure">Changes services last.</param>
internal sealed class EmbeddedHost(Func<Task<ISessionStore>> open, Action<IServiceCollection>? configure = null) : EngineHost
{
    private static readonly Dictionary<string, string?> _settings = new()
    {
        ["AgentSessions:Embedded:StopGrace"] = "00:00:00",
        ["AgentSessions:ExpiredRetention"] = "00:00:00",
    };

    private IHost? _host;
    private ISessionStore? _store;

    public override ISessionEngine Engine => _host!.Services.GetRequiredService<ISessionEngine>();

    public override ExpiredSessions Expired => _host!.Services.GetRequiredService<ExpiredSessions>();

    /// <summary>The host's services.</summary>
    public IServiceProvider Services => _host!.Services;

    public async Task<EmbeddedHost> StartAsync()
    {
        _store = await open();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(_settings);
        builder.Logging.ClearProviders();
        builder.Services.AddAgentSessions().AddConformanceAgents();
        builder.Services.AddSingleton(_store);
        builder.Services.AddSingleton((IStateStore)_store);
        builder.Services.AddEmbeddedSessionEngine(builder.Configuration);
        configure?.Invoke(builder.Services);
        _host = builder.Build();
        await _host.StartAsync();
        return this;
    }

    public override async Task RestartAsync()
    {
        await DisposeAsync();
        await StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await _host!.StopAsync();
        _host.Dispose();
        await _store!.DisposeAsync();
    }
}
