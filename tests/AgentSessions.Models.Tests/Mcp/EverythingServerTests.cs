using AgentSessions.Models.Tests.Catalog;
using AgentSessions.Models.Tests.Peers;
using AgentSessions.TestServer;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AgentSessions.Models.Tests.Mcp;

/// <summary>Against the reference server of the protocol: npm <c>@modelcontextprotocol/server-everything</c>.</summary>
public sealed class EverythingServerTests
{
    private const string Script = "@modelcontextprotocol/server-everything/dist/index.js", Setting = "AgentSessions:Mcp:everything";

    private static IHost Host(params (string, string)[] settings) => TestHost.Build(new CollectedLogs(), (services, configuration) => services.AddAgentSessionsMcp(configuration), [(Setting + ":ConnectTimeout", "00:02:00"), .. settings]);

    private static IHost Process(params (string, string)[] settings) => Host([(Setting + ":Command", "node"), (Setting + ":Arguments:0", Peer.File(Script)), (Setting + ":Arguments:1", "stdio"), .. settings]);

    private static async Task<AIFunction> ToolAsync(IHost host, string name) =>
        (AIFunction)(await host.Services.GetRequiredService<IMcpToolSource>().GetToolsAsync("everything", Clients.Soon)).Single(tool => tool.Name == $"everything_{name}");

    private static Task<object?> CallAsync(AIFunction tool, params (string Name, object? Value)[] arguments) =>
        tool.InvokeAsync(new AIFunctionArguments(arguments.ToDictionary(argument => argument.Name, argument => argument.Value)), Clients.Soon).AsTask();

    [PeerFact]
    public async Task Process_OffersItsToolsAndAnswers()
    {
        using IHost host = Process();

        Assert.Equal("Echo: hello", await CallAsync(await ToolAsync(host, "echo"), ("message", "hello")));
        Assert.Contains("5", (await CallAsync(await ToolAsync(host, "get-sum"), ("a", 2), ("b", 3)))?.ToString());
        List<AIContent> image = Assert.IsType<List<AIContent>>(await CallAsync(await ToolAsync(host, "get-tiny-image")));
        Assert.Contains(image.OfType<DataContent>(), data => data.MediaType == "image/png");
    }

    [PeerFact]
    public async Task Process_GetsOnlyTheEnvironmentItIsGiven()
    {
        Environment.SetEnvironmentVariable("AGENT_SESSIONS_TEST_SECRET", Clients.Key);
        try
        {
            using IHost host = Process((Setting + ":Environment:GIVEN", "this-one"));

            string environment = (await CallAsync(await ToolAsync(host, "get-env")))!.ToString()!;

            Assert.Contains("this-one", environment);
            Assert.DoesNotContain(Clients.Key, environment);
        }
        finally
        {
            Environment.SetEnvironmentVariable("AGENT_SESSIONS_TEST_SECRET", null);
        }
    }

    [PeerFact]
    public async Task BadArguments_AreAnErrorForTheModel()
    {
        using IHost host = Process();
        AIFunction sum = await ToolAsync(host, "get-sum");

        McpToolException failure = await Assert.ThrowsAsync<McpToolException>(() => CallAsync(sum, ("a", "two")));

        Assert.True(failure.Kind is McpErrorKind.ToolFailed or McpErrorKind.Refused, failure.Kind.ToString());
        Assert.NotEmpty(failure.Message);
    }

    [PeerFact]
    public async Task Http_SurvivesARestartOfTheServer()
    {
        using var port = new HeldPort();
        PeerServer server = await PeerServer.StartAsync(Script, port.Number, "streamableHttp");
        using IHost host = Host((Setting + ":Url", $"{server.Url}mcp"));
        AIFunction echo = await ToolAsync(host, "echo");
        Assert.Equal("Echo: one", await CallAsync(echo, ("message", "one")));

        await server.DisposeAsync();
        await using PeerServer again = await PeerServer.StartAsync(Script, port.Number, "streamableHttp");

        Assert.Equal("Echo: two", await CallAsync(echo, ("message", "two")));
    }
}
