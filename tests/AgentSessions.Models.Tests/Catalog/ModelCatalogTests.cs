using AgentSessions.FakeModels;
using AgentSessions.Models.Anthropic;
using AgentSessions.Models.OpenAI;
using AgentSessions.TestServer;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AgentSessions.Models.Tests.Catalog;

public sealed class ModelCatalogTests
{
    private const string Fast = "AgentSessions:Models:fast", Best = "AgentSessions:Models:best";

    [Fact]
    public async Task ConfiguredModels_AreListedInjectedByNameAndCalled()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(OpenAIReplies.Complete("from fast"), AnthropicReplies.Complete("from best"), OpenAIReplies.Complete("from default"));
        using IHost host = TestHost.Models(
            (Fast + ":Provider", "ollama"), (Fast + ":Endpoint", $"{server.Url}v1"), (Fast + ":Model", "small"), (Fast + ":Label", "Fast one"), (Fast + ":Tier", "Fast"),
            (Fast + ":ContextTokens", "8192"), (Fast + ":MaxOutputTokens", "100"), (Fast + ":Pricing:InputPerMillion", "0.5"), (Fast + ":Pricing:OutputPerMillion", "2"),
            (Best + ":Provider", "anthropic"), (Best + ":Endpoint", server.Url.ToString()), (Best + ":Model", "big"), (Best + ":ApiKey", Clients.Key),
            ("AgentSessions:DefaultModel", "fast"));
        await host.StartAsync();
        IModelCatalog catalog = host.Services.GetRequiredService<IModelCatalog>();

        Assert.Equal(["best", "fast"], catalog.Models.Select(model => model.Name));
        Assert.Equal(
            new ModelInfo("fast", "Fast one", "ollama", "small") { Tier = "Fast", ContextTokens = 8192, MaxOutputTokens = 100, Pricing = new ModelPricing { InputPerMillion = 0.5m, OutputPerMillion = 2 } },
            catalog.Default);
        Assert.True(catalog.TryGet("BEST", out ModelInfo? best));
        Assert.Equal(("best", "anthropic"), (best.Label, best.Provider));
        Assert.Equal("from fast", (await host.Services.GetRequiredKeyedService<IChatClient>("fast").GetResponseAsync("hi")).Text);
        Assert.Equal("from best", (await host.Services.GetRequiredKeyedService<IChatClient>("best").GetResponseAsync("hi")).Text);
        Assert.Equal("from default", (await host.Services.GetRequiredService<IChatClient>().GetResponseAsync("hi")).Text);
        Assert.Equal(["small", "big", "small"], server.Requests.Select(request => request.Json.GetProperty("model").GetString()));
        Assert.Equal(100, server.Requests[0].Json.GetProperty("max_tokens").GetInt32());
    }

    [Fact]
    public async Task Client_WithAPrice_ReportsWhatItsTokensCost()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(OpenAIReplies.Stream("a", "b"), OpenAIReplies.Complete("whole"));
        using IHost host = TestHost.Models(
            (Fast + ":Provider", "ollama"), (Fast + ":Endpoint", $"{server.Url}v1"), (Fast + ":Model", "small"),
            (Fast + ":Pricing:InputPerMillion", "0.5"), (Fast + ":Pricing:OutputPerMillion", "2"), (Fast + ":Pricing:Currency", "EUR"));
        IChatClient client = host.Services.GetRequiredService<IModelCatalog>().GetClient("fast");

        UsageDetails streamed = (await client.StreamAsync()).SelectMany(static update => update.Contents).OfType<UsageContent>().Single().Details;
        UsageDetails whole = (await client.GetResponseAsync("hi")).Usage!;

        Assert.Equal(7_500, streamed.AdditionalCounts!["cost_nano_EUR"]);
        Assert.Equal(5_500, whole.AdditionalCounts!["cost_nano_EUR"]);
    }

    [Fact]
    public void Client_IsOneObjectHoweverItIsAskedFor()
    {
        using IHost host = TestHost.Models((Fast + ":Provider", "ollama"), (Fast + ":Model", "small"));

        IChatClient client = host.Services.GetRequiredService<IModelCatalog>().GetClient("FAST");

        Assert.Same(client, host.Services.GetRequiredKeyedService<IChatClient>("fast"));
        Assert.Same(client, host.Services.GetRequiredService<IChatClient>());
        Assert.Equal("http://127.0.0.1:11434/v1", client.GetService<ChatClientMetadata>()!.ProviderUri!.ToString());
    }

    [Fact]
    public async Task NoModels_LetTheHostStart_AndTheFirstCallSaysWhatToSet()
    {
        using IHost host = TestHost.Models();
        await host.StartAsync();

        Assert.Null(host.Services.GetRequiredService<IModelCatalog>().Default);
        ModelException failure = await host.Services.GetRequiredService<IChatClient>().FailsAsync();
        Assert.Equal(ModelErrorKind.NotConfigured, failure.Kind);
        Assert.All(["AgentSessions:Models", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OLLAMA_HOST"], key => Assert.Contains(key, failure.Message));
    }

    [Fact]
    public void UnknownName_SaysWhichThereAre()
    {
        using IHost host = TestHost.Models((Fast + ":Provider", "ollama"), (Fast + ":Model", "small"));

        ModelException failure = Assert.Throws<ModelException>(() => host.Services.GetRequiredKeyedService<IChatClient>("slow"));

        Assert.Equal(ModelErrorKind.NotConfigured, failure.Kind);
        Assert.Contains("Configured are fast", failure.Message);
    }

    [Fact]
    public void ClientsRegisteredOtherwise_AreLeftAlone()
    {
        using OpenAICompatibleChatClient mine = new(new OpenAICompatibleOptions { Name = "mine", Endpoint = new Uri("http://127.0.0.1:9"), Model = "m" });
        using IHost host = TestHost.Build(
            new CollectedLogs(),
            (services, configuration) => services.AddSingleton<IChatClient>(mine).AddKeyedSingleton<IChatClient>("mine", mine).AddAgentSessionsModels(configuration),
            (Fast + ":Provider", "ollama"), (Fast + ":Model", "small"));

        Assert.Same(mine, host.Services.GetRequiredService<IChatClient>());
        Assert.Same(mine, host.Services.GetRequiredKeyedService<IChatClient>("mine"));
        Assert.NotSame(mine, host.Services.GetRequiredKeyedService<IChatClient>("fast"));
    }

    public static TheoryData<string, string, string, Type, string> WellKnown => new()
    {
        { "OPENAI_API_KEY", "sk-12345678", "openai", typeof(OpenAICompatibleChatClient), "https://api.openai.com/v1" },
        { "ANTHROPIC_API_KEY", "sk-12345678", "anthropic", typeof(AnthropicChatClient), "https://api.anthropic.com/" },
        { "OLLAMA_HOST", "127.0.0.1", "ollama", typeof(OpenAICompatibleChatClient), "http://127.0.0.1:11434/v1" },
        { "OLLAMA_HOST", "0.0.0.0:1234", "ollama", typeof(OpenAICompatibleChatClient), "http://127.0.0.1:1234/v1" },
        { "OLLAMA_HOST", ":1234", "ollama", typeof(OpenAICompatibleChatClient), "http://127.0.0.1:1234/v1" },
        { "OLLAMA_HOST", "https://ollama.example.com/", "ollama", typeof(OpenAICompatibleChatClient), "https://ollama.example.com/v1" },
    };

    [Theory]
    [MemberData(nameof(WellKnown))]
    public async Task WellKnownVariable_GivesAModelOfItsOwn(string variable, string value, string name, Type client, string endpoint)
    {
        using IHost host = TestHost.Models((variable, value));
        await host.StartAsync();

        Assert.Equal(name, host.Services.GetRequiredService<IModelCatalog>().Default!.Name);
        IChatClient made = host.Services.GetRequiredKeyedService<IChatClient>(name);
        Assert.IsType(client, made);
        Assert.Equal(endpoint, made.GetService<ChatClientMetadata>()!.ProviderUri!.ToString());
    }

    [Fact]
    public void WellKnownVariables_DoNotCountOnceAModelIsConfigured()
    {
        using IHost host = TestHost.Models(("OPENAI_API_KEY", "sk-12345678"), (Fast + ":Provider", "ollama"), (Fast + ":Model", "small"));

        Assert.Equal(["fast"], host.Services.GetRequiredService<IModelCatalog>().Models.Select(model => model.Name));
    }

    [Fact]
    public async Task KeyFile_IsReadForEachCall()
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "first-key-1\n");
            await using FakeModelServer server = FakeModelServer.Start(_ => OpenAIReplies.Complete("ok"));
            using IHost host = TestHost.Models((Fast + ":Provider", "compatible"), (Fast + ":Endpoint", server.Url.ToString()), (Fast + ":Model", "m"), (Fast + ":ApiKeyFile", file));
            IChatClient client = host.Services.GetRequiredKeyedService<IChatClient>("fast");

            await client.GetResponseAsync("hi");
            await File.WriteAllTextAsync(file, "second-key-2");
            await client.GetResponseAsync("hi");

            Assert.Equal(["Bearer first-key-1", "Bearer second-key-2"], server.Requests.Select(request => request.Header("Authorization")));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Cost_CountsCachedTokensAtTheirOwnPrice()
    {
        UsageDetails usage = new() { InputTokenCount = 1_000_000, CachedInputTokenCount = 400_000, OutputTokenCount = 100_000 };

        Assert.Equal(0.6m * 2 + 0.4m * 0.5m + 0.1m * 10, new ModelPricing { InputPerMillion = 2, CachedInputPerMillion = 0.5m, OutputPerMillion = 10 }.CostOf(usage));
        Assert.Equal(2 + 0.1m * 10, new ModelPricing { InputPerMillion = 2, OutputPerMillion = 10 }.CostOf(usage));
        Assert.Equal(0, new ModelPricing { InputPerMillion = 2 }.CostOf(new UsageDetails()));
    }
}
