using AgentSessions.FakeModels;
using AgentSessions.TestServer;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AgentSessions.Models.Tests.Catalog;

public sealed class ModelSettingsTests
{
    private const string One = "AgentSessions:Models:one";
    private static readonly (string, string)[] Good = [(One + ":Provider", "openai"), (One + ":Model", "m"), (One + ":ApiKey", Clients.Key)];

    public static TheoryData<string, string, string> Bad => new()
    {
        { One + ":Provider", "opnai", One + ":Provider must be one of openai, azure" },
        { One + ":Model", " ", One + ":Model must name" },
        { One + ":Endpoint", "not an address", One + ":Endpoint must be" },
        { One + ":Endpoint", "ftp://example.com", One + ":Endpoint must be" },
        { One + ":Endpoint", "https://user:pass@example.com", One + ":Endpoint must be" },
        { One + ":ApiKey", "", One + ": openai needs a key" },
        { One + ":ApiKey", "two words", One + ":ApiKey holds a character" },
        { One + ":ApiKeyFile", "/nowhere/at/all", One + ":ApiKey, " },
        { One + ":MaxOutputTokens", "0", One + ":MaxOutputTokens" },
        { One + ":MaxOutputTokens", "many", One + ":MaxOutputTokens" },
        { One + ":ContextTokens", "-1", One + ":ContextTokens" },
        { One + ":Pricing:InputPerMillion", "-2", One + ":Pricing:InputPerMillion" },
        { One + ":Pricing:InputPerMillion", "-0.4", One + ":Pricing:InputPerMillion must be between 0 and" },
        { One + ":Pricing:OutputPerMillion", "99999999999", One + ":Pricing:OutputPerMillion must be between 0 and" },
        { One + ":Pricing:Currency", "dollars", One + ":Pricing:Currency" },
        { One + ":Calls:IdleTimeout", "00:00:00", One + ":Calls:IdleTimeout" },
        { One + ":Retries:MaxAttempts", "100", One + ":Retries:MaxAttempts" },
        { One + ":PromptCaching", "Always", One + ":PromptCaching" },
        { One + ":PromptCaching", "7", One + ":PromptCaching must be Off, FiveMinutes or OneHour" },
        { One + ":ApiKeyEnviroment", "X", One + ":ApiKeyEnviroment is not a setting" },
        { One + ":Retries:Attempts", "3", One + ":Retries:Attempts is not a setting" },
        { "AgentSessions:DefaultModel", "two", "AgentSessions:DefaultModel names no configured model. Configured: one" },
        { "AgentSessions:Models:two:Provider", "azure", "AgentSessions:Models:two:Endpoint must be" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task BadSetting_StopsTheStartAndNamesItsKey(string key, string value, string problem)
    {
        using IHost host = TestHost.Models([.. Good, (key, value)]);

        Exception refused = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync());

        Assert.Contains(problem, refused.Message);
        Assert.DoesNotContain(Clients.Key, refused.ToString());
    }

    [Theory]
    [InlineData("ApiKeyFile", "/nowhere/at/all", "ApiKeyFile cannot be read")]
    [InlineData("ApiKeyEnvironment", "AGENT_SESSIONS_NO_SUCH_VARIABLE", "ApiKeyEnvironment names a variable that is not set")]
    public async Task KeyThatIsNotThere_StopsTheStart(string setting, string value, string problem)
    {
        using IHost host = TestHost.Models((One + ":Provider", "openai"), (One + ":Model", "m"), ($"{One}:{setting}", value));

        Assert.Contains(problem, (await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync())).Message);
    }

    [Fact]
    public async Task KeyFromTheEnvironment_IsSent()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(OpenAIReplies.Complete("ok"));
        using IHost host = TestHost.Models((One + ":Provider", "openai"), (One + ":Endpoint", server.Url.ToString()), (One + ":Model", "m"), (One + ":ApiKeyEnvironment", "MY_KEY"), ("MY_KEY", Clients.Key));
        await host.StartAsync();

        await host.Services.GetRequiredService<IChatClient>().GetResponseAsync("hi");

        Assert.Equal($"Bearer {Clients.Key}", server.Requests[0].Header("Authorization"));
    }

    [Fact]
    public async Task Key_IsInNoLogLine_WhateverHappens()
    {
        string echo = $"You sent {Clients.Key}: the user's private words";
        CollectedLogs logs = new();
        await using FakeModelServer server = FakeModelServer.Start().Reply(
            OpenAIReplies.Stream("ok"), OpenAIReplies.Error(500, Clients.Key, echo), OpenAIReplies.Error(429, "rate", echo), OpenAIReplies.Error(401, Clients.Key, echo),
            FakeReply.Events("data: " + echo + "\n\n"), OpenAIReplies.Stream("x").CutAfter(0), AnthropicReplies.Error(529, Clients.Key, echo), AnthropicReplies.Stream("ok"), AnthropicReplies.Error(400, echo, echo));
        using IHost host = TestHost.Build(
            logs,
            (services, configuration) => services.AddAgentSessionsModels(configuration),
            [.. Good, (One + ":Endpoint", server.Url.ToString()), (One + ":Retries:BaseDelay", "00:00:00"),
                ("AgentSessions:Models:two:Provider", "anthropic"), ("AgentSessions:Models:two:Endpoint", server.Url.ToString()), ("AgentSessions:Models:two:Model", "m"),
                ("AgentSessions:Models:two:ApiKeyEnvironment", "MY_KEY"), ("MY_KEY", Clients.Key), ("AgentSessions:Models:two:Retries:BaseDelay", "00:00:00")]);
        await host.StartAsync();
        Microsoft.Extensions.Logging.ILogger log = logs.CreateLogger("test");

        foreach (string name in new[] { "one", "one", "one", "two", "two" })
        {
            (_, ModelException? failure) = await host.Services.GetRequiredKeyedService<IChatClient>(name).TryStreamAsync();
            Microsoft.Extensions.Logging.LoggerExtensions.LogError(log, failure, "Failed {Model}", host.Services.GetRequiredService<IModelCatalog>());
        }

        await host.StopAsync();
        Assert.Contains("trying again", logs.Text);
        Assert.Contains("Model one: openai m", logs.Text);
        Assert.DoesNotContain(Clients.Key, logs.Text);
        Assert.DoesNotContain("private", logs.Text);
    }
}
