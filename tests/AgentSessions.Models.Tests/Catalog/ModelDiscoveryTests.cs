using AgentSessions.FakeModels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AgentSessions.Models.Tests.Catalog;

public sealed class ModelDiscoveryTests
{
    private const string Local = "AgentSessions:Models:local", Cloud = "AgentSessions:Models:cloud", Gone = "AgentSessions:Models:gone";

    [Fact]
    public async Task Providers_ListTheirModels_BehindTheConfiguredOnes()
    {
        await using FakeModelServer server = FakeModelServer.Start(static request => request.Path == "/v1/models" && request.Header("x-api-key") is null
            ? FakeReply.Json("""{"object":"list","data":[{"id":"small"},{"id":"llama3.2"},{"id":"nomic-embed-text"},{"no":"id"}]}""")
            : FakeReply.Json("""{"data":[{"type":"model","id":"big-2","display_name":"Big 2"}],"has_more":false}"""));
        using IHost host = TestHost.Models(
            (Local + ":Provider", "ollama"), (Local + ":Endpoint", $"{server.Url}v1"), (Local + ":Model", "small"), (Local + ":Label", "Ours"),
            (Cloud + ":Provider", "anthropic"), (Cloud + ":Endpoint", server.Url.ToString()), (Cloud + ":Model", "big"), (Cloud + ":ApiKey", Clients.Key));
        await host.StartAsync();

        IReadOnlyList<ModelInfo> models = await host.Services.GetRequiredService<IModelDiscovery>().DiscoverAsync(CancellationToken.None);

        Assert.Equal(
            ["cloud cloud anthropic big", "local Ours ollama small", "big-2 Big 2 anthropic big-2", "llama3.2 llama3.2 ollama llama3.2"],
            models.Select(static model => $"{model.Name} {model.Label} {model.Provider} {model.Model}"));
        Assert.Contains(server.Requests, static request => request.Header("x-api-key") == Clients.Key && request.Header("anthropic-version") is not null);
        Assert.Contains(server.Requests, static request => request.Header("Authorization") is null && request.Header("x-api-key") is null);
    }

    [Fact]
    public async Task Provider_ThatFails_ListsNothing_AndNoKeyIsLogged()
    {
        await using FakeModelServer server = FakeModelServer.Start(static _ => FakeReply.Json($$"""{"error":"{{Clients.Key}}"}""", status: 401));
        using IHost host = TestHost.Models((Gone + ":Provider", "compatible"), (Gone + ":Endpoint", $"{server.Url}v1"), (Gone + ":Model", "small"), (Gone + ":ApiKey", Clients.Key));
        await host.StartAsync();

        IReadOnlyList<ModelInfo> models = await host.Services.GetRequiredService<IModelDiscovery>().DiscoverAsync(CancellationToken.None);

        Assert.Equal(["small"], models.Select(static model => model.Model));
        Assert.Equal($"Bearer {Clients.Key}", Assert.Single(server.Requests).Header("Authorization"));
    }
}
