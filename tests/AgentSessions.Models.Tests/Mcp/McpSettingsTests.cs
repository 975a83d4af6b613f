using AgentSessions.FakeModels;
using AgentSessions.Models.Tests.Catalog;
using AgentSessions.TestServer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AgentSessions.Models.Tests.Mcp;

public sealed class McpSettingsTests
{
    private const string Box = "AgentSessions:Mcp:box";

    private static IHost Host(CollectedLogs logs, params (string, string)[] settings) =>
        TestHost.Build(logs, (services, configuration) => services.AddAgentSessionsMcp(configuration), settings);

    public static TheoryData<string, string, string> Bad => new()
    {
        { Box + ":Url", "http://127.0.0.1:9", Box + " must have either Command or Url" },
        { Box + ":Command", "", Box + " must have either Command or Url" },
        { "AgentSessions:Mcp:web:Url", "ftp://example.com", "AgentSessions:Mcp:web:Url must be" },
        { "AgentSessions:Mcp:web:Url", "http://user:pass@example.com", "AgentSessions:Mcp:web:Url must be" },
        { "AgentSessions:Mcp:two words:Command", "x", "AgentSessions:Mcp:two words: a server's name" },
        { Box + ":Approval", "Sometimes", Box + ":Approval" },
        { Box + ":Approval", "7", Box + ":Approval must be UnlessReadOnly, Always or Never" },
        { Box + ":Transport", "7", Box + ":Transport must be Auto, StreamableHttp or Sse" },
        { Box + ":CallTimeout", "00:00:00", Box + ":CallTimeout" },
        { Box + ":MaxOutputBytes", "1", Box + ":MaxOutputBytes" },
        { Box + ":Comand", "x", Box + ":Comand is not a setting" },
        { Box + ":HeaderFiles:Authorization", "/nowhere/at/all", Box + ":HeaderFiles:Authorization cannot be read" },
        { Box + ":HeaderEnvironment:Authorization", "AGENT_SESSIONS_NO_SUCH_VARIABLE", Box + ":HeaderEnvironment:Authorization names a variable that is not set" },
        { Box + ":EnvironmentFiles:TOKEN", "/nowhere/at/all", Box + ":EnvironmentFiles:TOKEN cannot be read" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task BadSetting_StopsTheStartAndNamesItsKey(string key, string value, string problem)
    {
        using IHost host = Host(new CollectedLogs(), (Box + ":Command", "node"), (key, value));

        Assert.Contains(problem, (await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync())).Message);
    }

    [Fact]
    public async Task NoServers_AreNoTools()
    {
        using IHost host = Host(new CollectedLogs());
        await host.StartAsync();

        Assert.Empty(await host.Services.GetRequiredService<IMcpToolSource>().GetToolsAsync(Clients.Soon));
    }

    [Fact]
    public async Task CommandThatDoesNotExist_LeavesTheHostRunningWithoutItsTools()
    {
        CollectedLogs logs = new();
        using IHost host = Host(logs, (Box + ":Command", "/nowhere/at/all"));
        await host.StartAsync();

        Assert.Empty(await host.Services.GetRequiredService<IMcpToolSource>().GetToolsAsync(Clients.Soon));
        Assert.Contains("MCP server box cannot be reached", logs.Text);
    }

    [Fact]
    public async Task Headers_AreSentFromAllPlacesAndNeverLogged()
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, $"{Clients.Key}-file\n");
            CollectedLogs logs = new();
            await using FakeModelServer server = FakeModelServer.Start(_ => FakeReply.Json("""{"error":"no"}""", 401));
            using IHost host = Host(
                logs, (Box + ":Url", $"{server.Url}mcp"), (Box + ":Headers:X-One", $"{Clients.Key}-one"), (Box + ":HeaderFiles:X-Two", file), (Box + ":HeaderEnvironment:Authorization", "MY_TOKEN"), ("MY_TOKEN", $"{Clients.Key}-env"));
            await host.StartAsync();

            Assert.Empty(await host.Services.GetRequiredService<IMcpToolSource>().GetToolsAsync(Clients.Soon));

            FakeRequest request = server.Requests[0];
            Assert.Equal(("/mcp", $"{Clients.Key}-one", $"{Clients.Key}-file", $"{Clients.Key}-env"), (request.Path, request.Header("X-One"), request.Header("X-Two"), request.Header("Authorization")));
            Assert.Contains("cannot be reached: HTTP 401", logs.Text);
            Assert.DoesNotContain(Clients.Key, logs.Text);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Redirect_IsNotFollowed()
    {
        await using FakeModelServer elsewhere = FakeModelServer.Start();
        await using FakeModelServer server = FakeModelServer.Start(_ => FakeReply.Json("", 307).WithHeader("Location", elsewhere.Url.ToString()));
        using IHost host = Host(new CollectedLogs(), (Box + ":Url", server.Url.ToString()), (Box + ":Headers:X-Api-Key", Clients.Key));

        Assert.Empty(await host.Services.GetRequiredService<IMcpToolSource>().GetToolsAsync(Clients.Soon));
        Assert.Empty(elsewhere.Requests);
    }
}
