namespace AgentSessions.Gateway.Tests.Hosting;

/// <summary>A server for one test, with settings of its own.</summary>
internal sealed class TemporaryServer : IAsyncDisposable
{
    public TemporaryServer(params (string Name, string Value)[] settings)
    {
        Server = new GatewayServer(settings);
        Server.InitializeAsync().GetAwaiter().GetResult();
    }

    public GatewayServer Server { get; }

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();
}
