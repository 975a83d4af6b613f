namespace AgentSessions.Gateway.Tests.Stagent;

/// <summary>A server for one test.</summary>
internal sealed class StagentServerHandle(StagentServer server) : IAsyncDisposable
{
    public StagentServer Server => server;

    public static async Task<StagentServerHandle> NewAsync(params (string Name, string Value)[] settings) =>
        new(await StagentServer.NewAsync(settings));

    /// <summary>Another server over the same store: the next start, or a second node.</summary>
    public async Task<StagentServerHandle> NextAsync() => new(await server.NextAsync());

    public async ValueTask DisposeAsync() => await server.DisposeAsync();
}
