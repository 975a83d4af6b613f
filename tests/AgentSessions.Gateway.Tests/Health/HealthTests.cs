using System.Net;
using AgentSessions.Core;
using AgentSessions.Gateway.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway.Tests.Health;

public sealed class HealthTests
{
    [Fact]
    public async Task Live_And_Startup_DoNotAskTheChecks()
    {
        await using var server = new CheckedServer();
        await server.InitializeAsync();
        server.Check.Why = static () => "gone";
        Assert.Equal((HttpStatusCode.OK, """{"status":"ok"}"""), await AskAsync(server, "live"));
        Assert.Equal((HttpStatusCode.OK, """{"status":"ok"}"""), await AskAsync(server, "startup"));
    }

    [Fact]
    public async Task Ready_FollowsTheChecks()
    {
        await using var server = new CheckedServer();
        await server.InitializeAsync();
        Assert.Equal((HttpStatusCode.OK, """{"status":"ok"}"""), await AskAsync(server, "ready"));
        server.Check.Why = static () => "away";
        Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"status":"unavailable","failures":{"store":"away"}}"""), await AskAsync(server, "ready"));
        server.Check.Why = static () => throw new InvalidOperationException("secret");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"status":"unavailable","failures":{"store":"failed"}}"""), await AskAsync(server, "ready"));
        server.Check.Why = static () => null;
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(server, "ready")).Status);
    }

    [Fact]
    public async Task Head_IsAnsweredLikeGet_WithoutABody()
    {
        await using var server = new CheckedServer();
        await server.InitializeAsync();
        foreach (string name in (string[])["live", "startup", "ready"])
        {
            Assert.Equal((HttpStatusCode.OK, ""), await AskAsync(server, name, "HEAD"));
        }

        server.Check.Why = static () => "away";
        Assert.Equal((HttpStatusCode.ServiceUnavailable, ""), await AskAsync(server, "ready", "HEAD"));
    }

    private static async Task<(HttpStatusCode Status, string Text)> AskAsync(GatewayServer server, string name, string method = "GET")
    {
        Answer answer = await server.SendAsync(method, $"/health/{name}", null, token: null);
        return (answer.Status, answer.Text);
    }

    private sealed class CheckedServer : GatewayServer, IAsyncDisposable
    {
        public StoreCheck Check { get; } = new();

        async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();

        protected override void Configure(IServiceCollection services) => services.AddSingleton<IReadinessCheck>(Check);
    }

    private sealed class StoreCheck : IReadinessCheck
    {
        public Func<string?> Why { get; set; } = static () => null;

        public string Name => "store";

        public ValueTask<string?> CheckAsync(CancellationToken cancellationToken) => new(Why());
    }
}
