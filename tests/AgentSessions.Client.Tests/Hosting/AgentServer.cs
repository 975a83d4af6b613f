using System.Net;
using AgentSessions.Core;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Acting;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Embedded;
using AgentSessions.Gateway;
using AgentSessions.Gateway.Auth;
using AgentSessions.TestServer;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Client.Tests.Hosting;

/// <summary>Engine, runtime and gateway in this process, on a real socket, with a store in memory. Its HTTP side can be started again.</summary>
public sealed class AgentServer : IAsyncLifetime
{
    public const string Key = "tr_dev_0123456789abcdef0123456789abcdef";

    private readonly HeldPort _port = new();
    private readonly ServiceProvider _engineServices;
    private WebApplication? _app;

    public AgentServer()
    {
        var services = new ServiceCollection();
        var store = new InMemorySessionStore();
        services.AddSingleton<ISessionStore>(store).AddSingleton<IStateStore>(store).AddSingleton(TimeProvider.System);
        services.AddSingleton(static provider => new StreamHub(
            provider.GetRequiredService<ISessionStore>(), TimeProvider.System, new StreamHubOptions { Tick = TimeSpan.FromMilliseconds(20) }));
        services.AddAgentRuntime();
        services.AddAgentSessions().AddTestAgents();
        _engineServices = services.BuildServiceProvider();
        Engine = new EmbeddedSessionEngine(
            new SessionContext(
                store,
                _engineServices.GetRequiredService<StreamHub>(),
                _engineServices.GetRequiredService<IRunHost>(),
                _engineServices.GetRequiredService<IAgentCatalog>(),
                TimeProvider.System,
                new RandomIdSource()),
            store,
            new EmbeddedEngineOptions());
    }

    public ISessionEngine Engine { get; }

    /// <summary>The environment that <see cref="Key"/> names.</summary>
    public string Environment => _app!.Services.GetRequiredService<KeyRing>().Environments.Single();

    public IPEndPoint Address => new(IPAddress.Loopback, _port.Number);

    public Uri BaseUrl => new($"http://{Address}");

    public async Task InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["AgentSessions:SecretKey"] = Key });
        builder.Configuration["urls"] = BaseUrl.ToString();
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(static options => options.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.Services.AddSingleton(Engine);
        builder.Services.AddSingleton(_engineServices.GetRequiredService<IAgentCatalog>());
        builder.Services.AddSingleton(_engineServices.GetRequiredService<ISessionStore>());
        builder.Services.AddSingleton(_engineServices.GetRequiredService<IStateStore>());
        builder.Services.AddSingleton(_engineServices.GetRequiredService<StreamHub>());
        builder.Services.AddAgentSessionsGateway(builder.Configuration);
        _app = builder.Build();
        _app.MapAgentSessions();
        await _app.StartAsync();
    }

    /// <summary>Closes every connection and the port, then listens there again.</summary>
    public async Task RestartAsync()
    {
        await _app!.DisposeAsync();
        await InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _app!.DisposeAsync();
        await _engineServices.DisposeAsync();
        _port.Dispose();
    }
}
