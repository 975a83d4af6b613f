using System.Net;
using System.Text.Json;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Sessions;

public sealed class CreateTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    [Fact]
    public async Task Create_AnswersTheWholeObject()
    {
        string id = Calls.NewId();
        string body = $$$"""{"type":"chat.agent","externalId":" {{{id}}} ","taskIdentifier":"echo","triggerConfig":{"basePayload":{"a":[1,{"b":null}]},"tags":["x"],"idleTimeoutInSeconds":60,"machine":"small-1x","ttl":"1h","maxAttempts":3.0,"concurrency":["a"],"concurrencyKey":7,"externalDeploymentId":null},"tags":["t1","t2"],"metadata":{"k":"ü"},"expiresAt":"2100-01-02T03:04:05Z","unknown":1}""";

        Answer answer = await server.SendAsync("POST", "/api/v1/sessions", body);

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        JsonElement json = answer.Json;
        string[] keys = ["id", "externalId", "type", "taskIdentifier", "triggerConfig", "currentRunId", "tags", "metadata", "closedAt", "closedReason", "expiresAt", "createdAt", "updatedAt", "runId", "publicAccessToken", "isCached"];
        Assert.Equal(keys, json.EnumerateObject().Select(static property => property.Name));
        Assert.Matches("^session_[a-z0-9]+$", json.GetProperty("id").GetString());
        Assert.Matches("^run_[a-z0-9]+$", json.GetProperty("runId").GetString());
        Assert.Equal(json.GetProperty("runId").GetString(), json.GetProperty("currentRunId").GetString());
        Assert.Equal(id, json.GetProperty("externalId").GetString());
        Assert.Equal("""["t1","t2"]""", json.GetProperty("tags").GetRawText());
        Assert.Equal("""{"k":"ü"}""", json.GetProperty("metadata").GetRawText());
        Assert.Equal(60, json.GetProperty("triggerConfig").GetProperty("idleTimeoutInSeconds").GetInt32());
        Assert.Equal("2100-01-02T03:04:05.000Z", json.GetProperty("expiresAt").GetString());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("closedAt").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("closedReason").ValueKind);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", json.GetProperty("createdAt").GetString());
        Assert.False(json.GetProperty("isCached").GetBoolean());
    }

    [Fact]
    public async Task Create_OfAnExistingId_IsCachedAndReplacesTheConfig()
    {
        string id = Calls.NewId();
        JsonElement first = await server.CreateAsync(id, GatewayServer.Key, ",\"tags\":[\"old\"],\"metadata\":{\"a\":1}");
        string body = Calls.CreateBody(id).Replace("preload", "changed", StringComparison.Ordinal);

        Answer second = await server.SendAsync("POST", "/api/v1/sessions", body);

        Assert.Equal(HttpStatusCode.OK, second.Status);
        Assert.Equal("True", second.Field("isCached"));
        Assert.Equal(first.GetProperty("id").GetString(), second.Field("id"));
        Assert.Equal(first.GetProperty("runId").GetString(), second.Field("runId"));
        Assert.Contains("changed", second.Json.GetProperty("triggerConfig").GetRawText(), StringComparison.Ordinal);
        Assert.Equal("""["old"]""", second.Json.GetProperty("tags").GetRawText());
        Assert.Equal("""{"a":1}""", second.Json.GetProperty("metadata").GetRawText());
    }

    [Fact]
    public async Task Create_Concurrently_ConvergesOnOneSession()
    {
        for (int round = 0; round < 100; round++)
        {
            string id = Calls.NewId();
            JsonElement[] all = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => server.CreateAsync(id))));
            Assert.Single(all.Select(static one => one.GetProperty("id").GetString()).Distinct());
            Assert.Single(all.Select(static one => one.GetProperty("runId").GetString()).Distinct());
            Assert.Single(all, static one => !one.GetProperty("isCached").GetBoolean());
        }
    }

    [Fact]
    public async Task Create_WithoutExternalId_MakesANewSessionEveryTime()
    {
        JsonElement one = await server.CreateAsync(null), two = await server.CreateAsync(null);
        Assert.NotEqual(one.GetProperty("id").GetString(), two.GetProperty("id").GetString());
        Assert.Equal(JsonValueKind.Null, one.GetProperty("externalId").ValueKind);
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("POST", Calls.ChannelPath(one.GetProperty("id").GetString()!, "in/append"), "x")).Status);
    }

    [Theory]
    [InlineData(""","tags":["a"],"tags":["b"]""")]
    [InlineData(""","metadata":{"userId":"ada","userId":"bob"}""")]
    [InlineData(""","triggerConfig":{"basePayload":{"a":1,"a":2}}""")]
    public async Task Create_WithAKeyWrittenTwice_Is400(string twice)
    {
        string id = Calls.NewId();

        Answer answer = await server.SendAsync("POST", "/api/v1/sessions", Calls.CreateBody(id, twice));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("twice", answer.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", $"/api/v1/sessions/{id}")).Status);
    }

    [Theory]
    [InlineData("externalId", "\"session_abc\"")]
    [InlineData("externalId", "\"\"")]
    [InlineData("externalId", "\"   \"")]
    [InlineData("externalId", "\"a:channels:b\"")]
    [InlineData("externalId", "\".\"")]
    [InlineData("externalId", "\" .. \"")]
    [InlineData("externalId", "\"a\\u0000b\"")]
    [InlineData("externalId", "\"\\ud800\"")]
    [InlineData("externalId", "\"\\ude00\\ud83d\"")]
    [InlineData("externalId", "7")]
    [InlineData("externalId", "null")]
    [InlineData("externalId", "{\"long\":257}")]
    [InlineData("type", "\"\"")]
    [InlineData("type", "{\"long\":65}")]
    [InlineData("type", "[\"chat.agent\"]")]
    [InlineData("type", null)]
    [InlineData("taskIdentifier", "\"\"")]
    [InlineData("taskIdentifier", "{\"long\":129}")]
    [InlineData("taskIdentifier", null)]
    [InlineData("triggerConfig", null)]
    [InlineData("triggerConfig", "{}")]
    [InlineData("triggerConfig", "[]")]
    [InlineData("triggerConfig", "{\"basePayload\":1}")]
    [InlineData("triggerConfig", "{\"basePayload\":{},\"idleTimeoutInSeconds\":3601}")]
    [InlineData("triggerConfig", "{\"basePayload\":{},\"idleTimeoutInSeconds\":0}")]
    [InlineData("triggerConfig", "{\"basePayload\":{},\"idleTimeoutInSeconds\":1.5}")]
    [InlineData("triggerConfig", "{\"basePayload\":{},\"idleTimeoutInSeconds\":\"60\"}")]
    [InlineData("triggerConfig", "{\"basePayload\":{},\"maxAttempts\":11}")]
    [InlineData("triggerConfig", "{\"basePayload\":{},\"maxAttempts\":0}")]
    [InlineData("triggerConfig", "{\"basePayload\":{},\"machine\":\"huge\"}")]
    [InlineData("triggerConfig", "{\"basePayload\":{},\"queue\":{\"long\":129}}")]
    [InlineData("triggerConfig", "{\"basePayload\":{},\"concurrency\":[\"a\",\"b\",\"c\"]}")]
    [InlineData("triggerConfig", "{\"basePayload\":{},\"concurrency\":[\"a b\"]}")]
    [InlineData("triggerConfig", "{\"basePayload\":{},\"ttl\":-1}")]
    [InlineData("triggerConfig", "{\"basePayload\":{},\"ttl\":[]}")]
    [InlineData("triggerConfig", "{\"basePayload\":{},\"maxDuration\":0}")]
    [InlineData("triggerConfig", "{\"basePayload\":{},\"tags\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\"]}")]
    [InlineData("triggerConfig", "{\"basePayload\":{},\"tags\":[{\"long\":129}]}")]
    [InlineData("tags", "[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\"]")]
    [InlineData("tags", "[{\"long\":129}]")]
    [InlineData("tags", "[1]")]
    [InlineData("tags", "\"x\"")]
    [InlineData("tags", "null")]
    [InlineData("metadata", "[]")]
    [InlineData("metadata", "\"x\"")]
    [InlineData("metadata", "{\"x\":\"\\udc00\"}")]
    [InlineData("metadata", "{\"\\ud83dx\":1}")]
    [InlineData("expiresAt", "\"tomorrow\"")]
    [InlineData("expiresAt", "true")]
    [InlineData("expiresAt", "-5")]
    public async Task Create_WithAFieldThatBreaksItsRule_Is400AndStoresNothing(string field, string? value)
    {
        string id = Calls.NewId("never");
        var fields = new Dictionary<string, string?>
        {
            ["type"] = "\"chat.agent\"",
            ["externalId"] = JsonSerializer.Serialize(id),
            ["taskIdentifier"] = "\"echo\"",
            ["triggerConfig"] = "{\"basePayload\":{}}",
        };
        fields[field] = value is null ? null : System.Text.RegularExpressions.Regex.Replace(value, """\{"long":(\d+)\}""", static match => $"\"{new string('x', int.Parse(match.Groups[1].Value))}\"");
        string body = $"{{{string.Join(',', fields.Where(static pair => pair.Value is not null).Select(static pair => $"\"{pair.Key}\":{pair.Value}"))}}}";

        Answer answer = await server.SendAsync("POST", "/api/v1/sessions", body);

        Assert.True(answer.Status == HttpStatusCode.BadRequest, answer.Text);
        Assert.Equal("false", answer.Header("x-should-retry"));
        if (!value?.Contains("\\ud", StringComparison.OrdinalIgnoreCase) ?? true)
        {
            Assert.Contains(field, answer.Field("param")!, StringComparison.Ordinal);
            Assert.Contains(field, answer.Error!, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", Calls.SessionPath(id))).Status);
    }

    [Fact]
    public async Task Create_AtEveryLimit_IsTaken()
    {
        string tag = new('t', 128);
        string id = Calls.NewId("limit").PadRight(256, 'x');
        string body = $$$"""{"type":"{{{new string('y', 64)}}}","externalId":"{{{id}}}","taskIdentifier":"echo","triggerConfig":{"basePayload":{},"queue":"{{{new string('q', 128)}}}","tags":[{{{string.Join(',', Enumerable.Repeat($"\"{tag}\"", 10))}}}],"maxAttempts":10,"idleTimeoutInSeconds":3600},"tags":[{{{string.Join(',', Enumerable.Repeat($"\"{tag}\"", 10))}}}]}""";
        Answer answer = await server.SendAsync("POST", "/api/v1/sessions", body);
        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("GET", Calls.SessionPath(id))).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{nope")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"x\"")]
    [InlineData("{} {}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{/*c*/}")]
    public async Task Create_WithABodyThatIsNoObject_Is400(string body) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await server.SendAsync("POST", "/api/v1/sessions", body)).Status);

    [Fact]
    public async Task Create_WithBytesThatAreNotUtf8_Is400()
    {
        byte[] body = System.Text.Encoding.Latin1.GetBytes(Calls.CreateBody("b\u00e9d"));
        body[Array.IndexOf(body, (byte)'b', 40) + 1] = 0xE9;
        Answer answer = await server.SendAsync("POST", "/api/v1/sessions", body.Select(static value => value == (byte)'?' ? (byte)0xE9 : value).ToArray());
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
    }

    [Theory]
    [InlineData(60, HttpStatusCode.Created)]
    [InlineData(63, HttpStatusCode.BadRequest)]
    [InlineData(5000, HttpStatusCode.BadRequest)]
    public async Task Create_WithDeepJson_IsRefusedBeyond64Levels(int depth, HttpStatusCode status)
    {
        string deep = new string('[', depth) + new string(']', depth);
        string body = Calls.CreateBody(Calls.NewId()).Replace("\"preload\"", deep, StringComparison.Ordinal);
        Assert.Equal(status, (await server.SendAsync("POST", "/api/v1/sessions", body)).Status);
    }

    [Fact]
    public async Task Create_OfAnUnknownAgent_Is422()
    {
        Answer answer = await server.SendAsync("POST", "/api/v1/sessions", Calls.CreateBody(Calls.NewId()).Replace("\"echo\"", "\"no-such-agent\"", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.Status);
        Assert.Equal("unknown_agent", answer.Field("code"));
    }

    [Fact]
    public async Task Trap2_CreateOfAClosedOrExpiredSession_Is409WithoutRetry()
    {
        string closed = Calls.NewId(), expired = Calls.NewId();
        await server.CreateAsync(closed);
        await server.SendAsync("POST", Calls.SessionPath(closed, "/close"));
        await server.CreateAsync(expired, GatewayServer.Key, $",\"expiresAt\":\"{server.Clock.GetUtcNow().AddSeconds(-1):O}\"");
        foreach (string id in new[] { closed, expired })
        {
            Answer answer = await server.SendAsync("POST", "/api/v1/sessions", Calls.CreateBody(id));
            Assert.Equal(HttpStatusCode.Conflict, answer.Status);
            Assert.Equal("false", answer.Header("x-should-retry"));
        }
    }

    [Fact]
    public async Task Create_WhenTheStoreFails_Is503AndMayBeRepeated()
    {
        await using var broken = await TemporaryServer.StartAsync();
        broken.Server.Store.WriteFailure = new Core.Storage.StoreUnavailableException("at /var/secret");
        Answer answer = await broken.Server.SendAsync("POST", "/api/v1/sessions", Calls.CreateBody("a"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.NotNull(answer.Header("Retry-After"));
        Assert.Null(answer.Header("x-should-retry"));
        Assert.DoesNotContain("secret", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_WhenSomethingUnexpectedFails_Is500WithoutDetails()
    {
        await using var broken = await TemporaryServer.StartAsync();
        broken.Server.Store.LoadFailure = new InvalidOperationException("secret detail");
        Answer answer = await broken.Server.SendAsync("POST", "/api/v1/sessions", Calls.CreateBody("a"));
        Assert.Equal(HttpStatusCode.InternalServerError, answer.Status);
        Assert.Equal("""{"error":"Something went wrong"}""", answer.Text);
        Assert.Contains(broken.Server.Logs.Lines, static line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains("secret detail", StringComparison.Ordinal));
    }
}
