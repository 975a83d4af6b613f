using AgentSessions.Models.Tests.Catalog;
using AgentSessions.TestServer;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelContextProtocol.Server;

namespace AgentSessions.Models.Tests.Mcp;

public sealed class HttpMcpTests
{
    [Fact]
    public async Task Tool_OverHttpWithoutSessions_IsCalledAndCancelled()
    {
        TaskCompletionSource started = new(), cancelled = new();
        async Task<string> WaitAsync(string name, bool forever, CancellationToken cancellationToken)
        {
            using CancellationTokenRegistration registration = cancellationToken.Register(cancelled.SetResult);
            started.TrySetResult();
            await Task.Delay(forever ? Timeout.Infinite : 0, cancellationToken);
            return $"hello {name}";
        }

        await using HttpMcpServer server = await HttpMcpServer.StartAsync(McpServerTool.Create(WaitAsync, new McpServerToolCreateOptions { Name = "greet", ReadOnly = true }));
        using IHost host = TestHost.Build(new CollectedLogs(), (services, configuration) => services.AddAgentSessionsMcp(configuration), ("AgentSessions:Mcp:web:Url", server.Url.ToString()));
        AIFunction greet = (AIFunction)Assert.Single(await host.Services.GetRequiredService<IMcpToolSource>().GetToolsAsync("web", Clients.Soon));

        Assert.Equal("hello ann", await greet.InvokeAsync(new AIFunctionArguments { ["name"] = "ann", ["forever"] = false }, Clients.Soon));

        started = new TaskCompletionSource();
        using CancellationTokenSource stop = new();
        Task<object?> call = greet.InvokeAsync(new AIFunctionArguments { ["name"] = "bob", ["forever"] = true }, stop.Token).AsTask();
        await started.Task.WaitAsync(Clients.Soon);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await cancelled.Task.WaitAsync(Clients.Soon);
    }
}
