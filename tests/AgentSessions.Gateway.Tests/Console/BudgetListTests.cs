using System.Net;
using System.Text.Json;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Console;

/// <summary>What operators are told of budgets.</summary>
public sealed class BudgetListTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    private const string Root = "/api/console/v1/budgets";

    [Fact]
    public async Task Budget_TellsWhatIsUsedReservedAndLeft()
    {
        string user = $"user-{Guid.NewGuid():n}";
        await PutAsync($"user/all/{user}", """{"limits":{"tokens":100,"money":2.5},"used":{"tokens":60,"money":2.5},"held":{"a/b/1":{"tokens":30}}}""");

        JsonElement budget = Assert.Single(await ListAsync($"?of={user}"));

        Assert.Equal(("user", user), (budget.GetProperty("scope").GetString(), budget.GetProperty("of").GetString()));
        Assert.Equal(JsonValueKind.Null, budget.GetProperty("period").ValueKind);
        Assert.True(budget.GetProperty("isExhausted").GetBoolean());
        JsonElement[] amounts = [.. budget.GetProperty("amounts").EnumerateArray()];
        Assert.Equal(["tokens", "money"], amounts.Select(static amount => amount.GetProperty("kind").GetString()));
        Assert.Equal([100m, 60m, 30m, 10m], Figures(amounts[0]));
        Assert.Equal([2.5m, 2.5m, 0m, 0m], Figures(amounts[1]));
    }

    [Fact]
    public async Task Budget_OfAnEarlierDay_IsLeftOut()
    {
        string user = $"user-{Guid.NewGuid():n}";
        string today = server.Clock.GetUtcNow().ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        const string Ledger = """{"limits":{"toolCalls":1},"used":{"toolCalls":0}}""";
        await PutAsync($"user/2001-01-01/{user}", Ledger);
        await PutAsync($"user/{today}/{user}", Ledger);
        await PutAsync("environment/2001-01-01", Ledger);
        await PutAsync($"environment/{today}", Ledger);

        JsonElement mine = Assert.Single(await ListAsync($"?of={user}&scope=user"));
        JsonElement everybodys = Assert.Single(await ListAsync("?scope=environment"));

        Assert.Equal((today, today), (mine.GetProperty("period").GetString(), everybodys.GetProperty("period").GetString()));
        Assert.False(mine.GetProperty("isExhausted").GetBoolean());
    }

    [Fact]
    public async Task Budget_OfASession_IsFoundByEitherIdAndNamedByItsOwn()
    {
        string id = $"session-of-{Guid.NewGuid():n}";
        await server.CreateAsync(id);
        string friendly = (await server.Engine.FindAsync(new SessionKey("default", id), CancellationToken.None))!.Id;
        await PutAsync($"session/{friendly}", """{"limits":{"wallTime":"00:01:00"},"used":{"wallMilliseconds":1500}}""", new SessionKey("default", id));

        foreach (string name in new[] { id, friendly })
        {
            JsonElement budget = Assert.Single(await ListAsync($"?of={name}"));
            Assert.Equal(("session", id), (budget.GetProperty("scope").GetString(), budget.GetProperty("of").GetString()));
            Assert.Equal([60_000m, 1500m, 0m, 58_500m], Figures(budget.GetProperty("amounts")[0]));
        }
    }

    [Fact]
    public async Task List_IsPagedThroughAllScopes_WithoutGapOrRepeat()
    {
        string part = $"many-{Guid.NewGuid():n}";
        for (int i = 0; i < 130; i++)
        {
            await PutAsync($"user/all/{part}-{i:d3}", """{"limits":{"toolCalls":9},"used":{"toolCalls":1}}""");
        }

        var seen = new List<string>();
        string? next = "";
        while (next is not null)
        {
            Answer page = await server.SendAsync("GET", $"{Root}?of={part}&after={Uri.EscapeDataString(next)}", null, GatewayServer.Key);
            seen.AddRange(page.Json.GetProperty("data").EnumerateArray().Select(static row => row.GetProperty("of").GetString()!));
            next = page.Json.GetProperty("next").GetString();
        }

        Assert.Equal(Enumerable.Range(0, 130).Select(i => $"{part}-{i:d3}"), seen);
    }

    [Fact]
    public async Task ConfiguredBudgets_AreListedBeforeTheirFirstUse()
    {
        await using Puffle.PuffleServer own = await Puffle.PuffleServer.NewAsync(
            ("AgentSessions:Budgets:Environment:Tokens", "1000"),
            ("AgentSessions:Budgets:Environment:Period", "Day"),
            ("AgentSessions:Budgets:User:ToolCalls", "7"));
        string today = own.Clock.GetUtcNow().ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

        string[] unused = await RowsAsync();
        await own.Engine.State.PutAsync(
            new StatePut(new StateKey("default", "budgets", "user/all/bob"), """{"limits":{"toolCalls":7},"used":{"toolCalls":2}}"""u8.ToArray(), Owner: null), null, CancellationToken.None);
        string[] used = await RowsAsync();

        Assert.Equal($"environment  {today} tokens 0/1000", unused[0]);
        Assert.Contains("user alice  tool-calls 0/7", unused);
        Assert.Contains("user bob  tool-calls 0/7", unused);
        Assert.Contains("user bob  tool-calls 2/7", used);
        Assert.Equal(unused.Length, used.Length);

        async Task<string[]> RowsAsync() =>
        [
            .. (await own.SendAsync("GET", Root)).Json.GetProperty("data").EnumerateArray()
                .Where(static row => row.GetProperty("scope").GetString() is "environment" or "user")
                .Select(static row => $"{row.GetProperty("scope")} {row.GetProperty("of")} {row.GetProperty("period")} "
                    + string.Join(",", row.GetProperty("amounts").EnumerateArray().Select(static amount => $"{amount.GetProperty("kind")} {amount.GetProperty("used")}/{amount.GetProperty("limit")}"))),
        ];
    }

    [Theory]
    [InlineData("?scope=nobody")]
    [InlineData("?after=nowhere")]
    [InlineData("?after=99:x")]
    public async Task Query_ThatIsWrong_IsRefused(string query) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await server.SendAsync("GET", Root + query, null, GatewayServer.Key)).Status);

    [Fact]
    public async Task AnotherEnvironment_SeesNothing()
    {
        string user = $"user-{Guid.NewGuid():n}";
        await PutAsync($"user/all/{user}", """{"limits":{"toolCalls":1},"used":{"toolCalls":1}}""");

        Assert.Empty((await server.SendAsync("GET", $"{Root}?of={user}", null, GatewayServer.OtherKey)).Json.GetProperty("data").EnumerateArray());
    }

    private static decimal[] Figures(JsonElement amount) =>
        [.. new[] { "limit", "used", "reserved", "remaining" }.Select(name => amount.GetProperty(name).GetDecimal())];

    private async Task<JsonElement[]> ListAsync(string query) =>
        [.. (await server.SendAsync("GET", Root + query, null, GatewayServer.Key)).Json.GetProperty("data").EnumerateArray()];

    private async Task PutAsync(string name, string ledger, SessionKey? owner = null) => Assert.NotNull(await server.Engine.State.PutAsync(
        new StatePut(new StateKey("default", "budgets", name), System.Text.Encoding.UTF8.GetBytes(ledger), owner), expectedVersion: null, CancellationToken.None));
}
