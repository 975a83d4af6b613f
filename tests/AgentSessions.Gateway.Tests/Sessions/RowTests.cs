using System.Net;
using System.Text.Json;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Sessions;

public sealed class RowTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    [Fact]
    public async Task Retrieve_ByEitherId()
    {
        string id = Calls.NewId();
        string friendly = (await server.CreateAsync(id)).GetProperty("id").GetString()!;
        foreach (string form in new[] { id, friendly })
        {
            Answer answer = await server.SendAsync("GET", Calls.SessionPath(form));
            Assert.Equal((HttpStatusCode.OK, friendly, id), (answer.Status, answer.Field("id"), answer.Field("externalId")));
        }
    }

    [Theory]
    [InlineData("no-such")]
    [InlineData("session_nosuch0000000000000000")]
    [InlineData("a:channels:b")]
    public async Task Retrieve_OfNone_Is404WithoutRetry(string id)
    {
        Answer answer = await server.SendAsync("GET", Calls.SessionPath(id));
        Assert.Equal((HttpStatusCode.NotFound, "false"), (answer.Status, answer.Header("x-should-retry")));
        Assert.Equal("""{"error":"Session not found"}""", answer.Text);
    }

    [Fact]
    public async Task Update_ChangesLabels_AndNullClearsMetadata()
    {
        string id = Calls.NewId();
        await server.CreateAsync(id, GatewayServer.Key, ",\"tags\":[\"a\"],\"metadata\":{\"k\":1}");
        JsonElement row = (await PatchAsync(id, """{"tags":["b"],"metadata":null}""")).Json;
        Assert.Equal("""["b"]""", row.GetProperty("tags").GetRawText());
        Assert.Equal(JsonValueKind.Null, row.GetProperty("metadata").ValueKind);
        row = (await PatchAsync(id, """{"metadata":{"x":2}}""")).Json;
        Assert.Equal("""["b"]""", row.GetProperty("tags").GetRawText());
        Assert.Equal("""{"x":2}""", row.GetProperty("metadata").GetRawText());
    }

    [Theory]
    [InlineData("same", HttpStatusCode.OK)]
    [InlineData("\"other\"", HttpStatusCode.UnprocessableEntity)]
    [InlineData("null", HttpStatusCode.UnprocessableEntity)]
    [InlineData("\"\"", HttpStatusCode.BadRequest)]
    public async Task Update_OfTheExternalId(string value, HttpStatusCode status)
    {
        string id = Calls.NewId();
        await server.CreateAsync(id);
        Assert.Equal(status, (await PatchAsync(id, $$"""{"externalId":{{(value == "same" ? $"\"{id}\"" : value)}}}""")).Status);
    }

    [Theory]
    [InlineData("{\"tags\":null}")]
    [InlineData("{\"metadata\":[]}")]
    [InlineData("")]
    [InlineData("\uFEFF")]
    [InlineData("\uFEFF\uFEFF{}")]
    [InlineData("{\uFEFF}")]
    public async Task Update_ThatIsMalformed_Is400(string body)
    {
        string id = Calls.NewId();
        await server.CreateAsync(id);
        Assert.Equal(HttpStatusCode.BadRequest, (await PatchAsync(id, body)).Status);
    }

    [Fact]
    public async Task Update_BehindAByteOrderMark_IsRead()
    {
        string id = Calls.NewId();
        await server.CreateAsync(id);

        Answer answer = await PatchAsync(id, "\uFEFF{\"tags\":[\"a\"]}");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("""["a"]""", answer.Json.GetProperty("tags").GetRawText());
    }

    [Fact]
    public async Task Close_TakesNoBodyAnEmptyOneOrAReason_AndTheFirstStays()
    {
        foreach (string? body in new[] { null, "{}", """{"reason":"first"}""" })
        {
            string id = Calls.NewId();
            await server.CreateAsync(id);
            Answer first = await server.SendAsync("POST", Calls.SessionPath(id, "/close"), body);
            Answer second = await server.SendAsync("POST", Calls.SessionPath(id, "/close"), """{"reason":"second"}""");
            Assert.Equal(HttpStatusCode.OK, first.Status);
            Assert.NotNull(first.Field("closedAt"));
            Assert.Equal((first.Field("closedAt"), first.Field("closedReason")), (second.Field("closedAt"), second.Field("closedReason")));
        }
    }

    [Fact]
    public async Task Delete_RemovesEverythingAndTheIdIsNewAgain()
    {
        string id = Calls.NewId();
        string friendly = (await server.CreateAsync(id)).GetProperty("id").GetString()!;
        await server.SayAsync(id, "old");

        Assert.Equal(HttpStatusCode.NoContent, (await server.SendAsync("DELETE", Calls.SessionPath(id))).Status);

        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", Calls.SessionPath(id))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("DELETE", Calls.SessionPath(friendly))).Status);
        Assert.NotEqual(friendly, (await server.CreateAsync(id)).GetProperty("id").GetString());
        Assert.Empty((await server.SendAsync("GET", Calls.ChannelPath(id, "out/records"))).Json.GetProperty("records").EnumerateArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Delete_ThatFailedHalfWay_IsASuccessWhenRepeated(bool hasExternalId)
    {
        JsonElement created = await server.CreateAsync(hasExternalId ? Calls.NewId() : null);
        string path = Calls.SessionPath(created.GetProperty(hasExternalId ? "externalId" : "id").GetString()!);
        try
        {
            server.Store.DeletionFailure = new StoreUnavailableException("The disk refuses.");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.SendAsync("DELETE", path)).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", path)).Status);
        }
        finally
        {
            server.Store.DeletionFailure = null;
        }

        Assert.Equal(HttpStatusCode.NoContent, (await server.SendAsync("DELETE", path)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("DELETE", path)).Status);
    }

    [Fact]
    public async Task Runs_ListTheAuditTrailNewestFirst()
    {
        string id = Calls.NewId();
        string first = (await server.CreateAsync(id)).GetProperty("runId").GetString()!;
        Answer swap = await server.SendAsync("POST", Calls.SessionPath(id, "/end-and-continue"), $$"""{"callingRunId":"{{first}}","reason":"upgrade"}""");
        Assert.Equal("True", swap.Field("swapped"));
        await server.SendAsync("POST", $"/api/v2/runs/{swap.Field("runId")}/cancel");

        JsonElement[] runs = [.. (await server.SendAsync("GET", Calls.SessionPath(id, "/runs"))).Json.GetProperty("data").EnumerateArray()];

        Assert.Equal(["upgrade", "initial"], runs.Select(static run => run.GetProperty("reason").GetString()));
        Assert.Equal(["CANCELED", "COMPLETED"], runs.Select(static run => run.GetProperty("status").GetString()));
        Assert.Equal(["cancelled", "upgraded"], runs.Select(static run => run.GetProperty("endReason").GetString()));
        Assert.Equal(first, runs[0].GetProperty("previousRunId").GetString());
        Assert.Single((await server.SendAsync("GET", Calls.SessionPath(id, "/runs?limit=1"))).Json.GetProperty("data").EnumerateArray());
        Assert.Equal(HttpStatusCode.BadRequest, (await server.SendAsync("GET", Calls.SessionPath(id, "/runs?limit=0"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", Calls.SessionPath("nobody", "/runs"))).Status);
    }

    [Fact]
    public async Task EndAndContinue_OnlyTheCurrentRunSwaps()
    {
        string id = Calls.NewId();
        string first = (await server.CreateAsync(id)).GetProperty("runId").GetString()!;
        string winner = (await SwapAsync(id, first)).Field("runId")!;
        Answer loser = await SwapAsync(id, first);
        Assert.Equal($$"""{"runId":"{{winner}}","swapped":false}""", loser.Text);
        Assert.Equal(HttpStatusCode.NotFound, (await SwapAsync(id, "run_doesnotexist0000000000")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SwapAsync("nobody", first)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.SendAsync("POST", Calls.SessionPath(id, "/end-and-continue"), "{}")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.SendAsync("POST", Calls.SessionPath(id, "/end-and-continue"), $$"""{"callingRunId":"{{winner}}","reason":"{{new string('r', 65)}}"}""")).Status);
        await server.SendAsync("POST", Calls.SessionPath(id, "/close"));
        Assert.Equal(HttpStatusCode.BadRequest, (await SwapAsync(id, winner)).Status);
    }

    [Fact]
    public async Task Run_HasTheFieldsTheClientParses()
    {
        string id = Calls.NewId();
        string body = Calls.CreateBody(id).Replace("\"triggerConfig\":{", "\"triggerConfig\":{\"tags\":[\"chat:x\"],", StringComparison.Ordinal);
        string run = (await server.SendAsync("POST", "/api/v1/sessions", body)).Field("runId")!;

        JsonElement live = (await server.SendAsync("GET", $"/api/v3/runs/{run}")).Json;
        await server.SendAsync("POST", $"/api/v2/runs/{run}/cancel");
        Answer again = await server.SendAsync("POST", $"/api/v2/runs/{run}/cancel");
        JsonElement ended = (await server.SendAsync("GET", $"/api/v3/runs/{run}")).Json;

        Assert.Equal(("WAITING", "echo", """["chat:x"]"""), (live.GetProperty("status").GetString(), live.GetProperty("taskIdentifier").GetString(), live.GetProperty("tags").GetRawText()));
        Assert.Equal((true, false), (live.GetProperty("isWaiting").GetBoolean(), live.GetProperty("isCompleted").GetBoolean()));
        Assert.Equal($$"""{"id":"{{run}}"}""", again.Text);
        Assert.Equal("CANCELED", ended.GetProperty("status").GetString());
        Assert.Equal((true, false), (ended.GetProperty("isCancelled").GetBoolean(), ended.GetProperty("isCompleted").GetBoolean()));
        foreach (string key in new[] { "isQueued", "isExecuting", "isSuccess", "isFailed", "isTest", "createdAt", "updatedAt", "costInCents", "baseCostInCents", "durationMs", "depth", "triggerFunction", "relatedRuns" })
        {
            Assert.NotEqual(JsonValueKind.Null, ended.GetProperty(key).ValueKind);
        }

        Assert.DoesNotContain(":null", (await server.SendAsync("GET", $"/api/v3/runs/{run}")).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", "/api/v3/runs/run_doesnotexist0000000000")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("POST", "/api/v2/runs/run_doesnotexist0000000000/cancel")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("POST", "/api/v2/runs/nonsense/cancel")).Status);
    }

    private Task<Answer> PatchAsync(string id, string body) => server.SendAsync("PATCH", Calls.SessionPath(id), body);

    private Task<Answer> SwapAsync(string id, string run) =>
        server.SendAsync("POST", Calls.SessionPath(id, "/end-and-continue"), $$"""{"callingRunId":"{{run}}","reason":"upgrade"}""");
}
