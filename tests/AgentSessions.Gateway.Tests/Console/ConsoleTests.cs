using System.Net;
using System.Text.Json;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Console;

/// <summary>Who may use the API behind the console, and what its list finds.</summary>
public sealed class ConsoleTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    private const string Root = "/api/console/v1";
    private const string Drain = $"POST {Root}/nodes/none/drain";

    private static readonly Dictionary<string, string?> _calls = new()
    {
        [$"GET {Root}/overview"] = null,
        [$"GET {Root}/budgets"] = null,
        [$"GET {Root}/sessions"] = null,
        [$"GET {Root}/sessions/{{id}}"] = null,
        [$"GET {Root}/sessions/{{id}}/turns"] = null,
        [$"GET {Root}/sessions/{{id}}/runs"] = null,
        [$"GET {Root}/sessions/{{id}}/transcript"] = null,
        [$"POST {Root}/sessions/{{id}}/take-over"] = """{"operator":"Ada"}""",
        [$"POST {Root}/sessions/{{id}}/say"] = """{"messageId":"m","text":"hello"}""",
        [$"POST {Root}/sessions/{{id}}/hand-back"] = "{}",
        [$"POST {Root}/sessions/{{id}}/fork"] = """{"direction":"out","sequence":0}""",
        [$"DELETE {Root}/sessions/{{id}}"] = null,
        [Drain] = null,
    };

    public static TheoryData<string> AllCalls => [.. _calls.Keys];

    [Theory]
    [MemberData(nameof(AllCalls))]
    public async Task Call_IsForOperatorsOnly(string call)
    {
        string id = await NewAsync();
        foreach (string? nobody in new[] { null, "wrong", server.TokenOf("default", TimeSpan.FromSeconds(-60), "admin") })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await CallAsync(call, id, nobody)).Status);
        }

        foreach (string scope in new[] { "read:sessions", "write:sessions", "admin:sessions", "*:all", "admin:", $"admin:sessions:{id}" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await CallAsync(call, id, server.TokenFor(scope))).Status);
        }

        foreach (string operators in new[] { GatewayServer.Key, server.TokenFor("admin") })
        {
            Assert.DoesNotContain((await CallAsync(call, id, operators)).Status, new[] { HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden });
        }
    }

    [Fact]
    public async Task AnotherEnvironment_SeesNothing_AndEndsNoNode()
    {
        string id = await NewAsync();

        Assert.Equal(HttpStatusCode.NotFound, (await CallAsync($"GET {Root}/sessions/{{id}}", id, GatewayServer.OtherKey)).Status);
        Assert.Empty((await CallAsync($"GET {Root}/sessions?text={id}", id, GatewayServer.OtherKey)).Json.GetProperty("data").EnumerateArray());
        Assert.Equal(HttpStatusCode.Forbidden, (await CallAsync(Drain, id, GatewayServer.OtherKey)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await CallAsync(Drain, id, server.TokenOf("other", TimeSpan.FromHours(1), "admin"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await CallAsync(Drain, id, GatewayServer.Key)).Status);
    }

    [Fact]
    public async Task List_FindsAnyPartOfAnId_PageByPage()
    {
        string part = Guid.NewGuid().ToString("n");
        string[] ids = [$"a-{part}-1", $"b-{part}-2", $"c-{part}-3"];
        foreach (string id in ids)
        {
            await server.CreateAsync(id);
            await NewAsync();
        }

        Answer first = await CallAsync($"GET {Root}/sessions?text={part.ToUpperInvariant()}&page[size]=2", "", GatewayServer.Key);
        Answer rest = await CallAsync($"GET {Root}/sessions?text={part}&page[size]=2&page[after]={first.Field("next")}", "", GatewayServer.Key);

        Assert.Equal(2, Ids(first).Count());
        Assert.Equal(ids, Ids(first).Concat(Ids(rest)).Order());
        Assert.Equal(JsonValueKind.Null, rest.Json.GetProperty("next").ValueKind);
    }

    private static IEnumerable<string> Ids(Answer answer) =>
        answer.Json.GetProperty("data").EnumerateArray().Select(static row => row.GetProperty("externalId").GetString()!);

    private async Task<string> NewAsync()
    {
        string id = Calls.NewId("console");
        await server.CreateAsync(id);
        return id;
    }

    private Task<Answer> CallAsync(string call, string id, string? token)
    {
        string[] parts = call.Split(' ');
        return server.SendAsync(parts[0], parts[1].Replace("{id}", id, StringComparison.Ordinal), _calls.GetValueOrDefault(call), token);
    }
}
