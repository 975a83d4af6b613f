using System.Net;
using AgentSessions.Core;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Acting;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Embedded;
using AgentSessions.Gateway.Auth;
using AgentSessions.TestServer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Gateway.Tests.Hosting;

/// <summary>The gateway on a real socket over the embedded engine, with a store in memory and runs that only pretend.</summary>
public class GatewayServer : IAsyncLifetime
{
    public const string Key = "tr_dev_0123456789abcdef0123456789abcdef";
    public const string PreviousKey = "tr_dev_previous_0123456789abcdef0123456";
    public const string OtherKey = "tr_dev_other_0123456789abcdef0123456789";
    public const string Agent = "echo";

    private readonly Dictionary<string, string?> _settings = new()
    {
        ["urls"] = "http://127.0.0.1:0",
        ["AgentSessions:SecretKey"] = Key,
        ["AgentSessions:PreviousSecretKey"] = PreviousKey,
        ["AgentSessions:PreviousSecretKeyUntil"] = "2100-01-01T00:00:00Z",
        ["AgentSessions:Environments:other:SecretKey"] = OtherKey,
    };

    private WebApplication? _app;

    public GatewayServer()
    {
    }

    /// <summary>A server with settings of its own; dispose it.</summary>
    internal GatewayServer(params (string Name, string Value)[] settings)
    {
        foreach ((string name, string value) in settings)
        {
            _settings[name] = value;
        }
    }

    internal TestClock Clock { get; } = new();

    /// <summary>The store; a second server over the same one is a second node, or the next start.</summary>
    internal FaultyStore Store { get; init; } = new();

    internal FakeRuns Runs { get; } = new();

    internal CollectedLogs Logs { get; } = new();

    public ISessionEngine Engine => _app!.Services.GetRequiredService<ISessionEngine>();

    public IServiceProvider Services => _app!.Services;

    public KeyRing Keys => _app!.Services.GetRequiredService<KeyRing>();

    public IPEndPoint Address { get; private set; } = new(0, 0);

    public HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });

    public async Task InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(_settings);
        builder.Logging.ClearProviders().AddProvider(Logs);
        builder.Services.AddSingleton<TimeProvider>(Clock);
        builder.Services.AddAgentSessionsGateway(builder.Configuration);
        builder.Services.AddSingleton(_ => new StreamHub(Store, Clock, new StreamHubOptions { Tick = TimeSpan.FromMilliseconds(20) }));
        builder.Services.AddSingleton<ISessionStore>(Store);
        builder.Services.AddSingleton<ISessionEngine>(services => new EmbeddedSessionEngine(
            new SessionContext(Store, services.GetRequiredService<StreamHub>(), Runs, new OneAgent(), Clock, new RandomIdSource()) { Quota = services.GetRequiredService<StorageQuota>() },
            Store,
            new EmbeddedEngineOptions()));
        builder.Services.AddSingleton<IAgentCatalog, OneAgent>();
        Configure(builder.Services);
        _app = builder.Build();
        _app.MapAgentSessions();
        await _app.StartAsync();
        string address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Address = IPEndPoint.Parse(new Uri(address).Authority);
        Http.BaseAddress = new Uri(address);
    }

    public Task StopAsync() => _app!.StopAsync();

    public async Task DisposeAsync()
    {
        Http.Dispose();
        await _app!.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected virtual void Configure(IServiceCollection services)
    {
    }

    private sealed class OneAgent : IAgentCatalog
    {
        public IReadOnlyCollection<string> Names => [Agent];

        public AgentInfo? Find(string name) => name == Agent ? new AgentInfo(Agent, Version: null) : null;
    }
}
