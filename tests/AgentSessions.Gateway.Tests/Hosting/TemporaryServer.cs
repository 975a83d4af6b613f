namespace AgentSessions.Gateway.Tests.Hosting;

/// <summary>A server for one test, with settings of its own.</summary>
internal sealed class TemporaryServer : IAsyncDisposable
{
    private TemporaryServer(GatewayServer server) => Server = server;

    public GatewayServer Server { get; }

    public static async Task<TemporaryServer> StartAsync(params (string Name, string Value)[] settings)
    {
        var server = new GatewayServer(settings);
        await server.InitializeAsync();
        return new TemporaryServer(server);
    }

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();
}
