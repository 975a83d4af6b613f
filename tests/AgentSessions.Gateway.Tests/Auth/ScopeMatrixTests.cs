using System.Net;
using System.Text.Json;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Gateway.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway.Tests.Auth;

/// <summary>Who may call what: every call of the wire document's scope table against every kind of credential.</summary>
public sealed class ScopeMatrixTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    private const string Side = "channels/cam";

    /// <summary>Calls by name: method, path with {id} and {run}, body, and the scope needed (null: secret key only).</summary>
    private static readonly Dictionary<string, (string Method, string Path, string? Body, string? Needs)> _calls = new()
    {
        ["create"] = ("POST", "/api/v1/sessions", Calls.CreateBody("{id}"), "write:sessions"),
        ["list"] = ("GET", "/api/v1/sessions", null, "read:sessions"),
        ["retrieve"] = ("GET", "/api/v1/sessions/{id}", null, "read:sessions:{id}"),
        ["update"] = ("PATCH", "/api/v1/sessions/{id}", "{}", "admin:sessions:{id}"),
        ["close"] = ("POST", "/api/v1/sessions/{id}/close", "{}", "admin:sessions:{id}"),
        ["delete"] = ("DELETE", "/api/v1/sessions/{id}", null, null),
        ["runs"] = ("GET", "/api/v1/sessions/{id}/runs", null, null),
        ["swap"] = ("POST", "/api/v1/sessions/{id}/end-and-continue", """{"callingRunId":"{run}","reason":"upgrade"}""", "write:sessions:{id}"),
        ["transcript"] = ("GET", "/api/v1/sessions/{id}/transcript", null, null),
        ["snapshot read"] = ("GET", "/api/v1/sessions/{id}/snapshot-url", null, "read:sessions:{id}"),
        ["snapshot write"] = ("PUT", "/api/v1/sessions/{id}/snapshot-url", null, "write:sessions:{id}"),
        ["read in"] = ("GET", "/realtime/v1/sessions/{id}/in", null, "read:sessions:{id}"),
        ["read out"] = ("GET", "/realtime/v1/sessions/{id}/out", null, "read:sessions:{id}"),
        ["head out"] = ("HEAD", "/realtime/v1/sessions/{id}/out", null, "read:sessions:{id}"),
        ["drain"] = ("GET", "/realtime/v1/sessions/{id}/out/records", null, "read:sessions:{id}"),
        ["append in"] = ("POST", "/realtime/v1/sessions/{id}/in/append", "x", "write:sessions:{id}"),
        ["append out"] = ("POST", "/realtime/v1/sessions/{id}/out/append", "x", null),
        ["sink in"] = ("PUT", "/realtime/v1/sessions/{id}/in", null, "write:sessions:{id}"),
        ["sink out"] = ("PUT", "/realtime/v1/sessions/{id}/out", null, null),
        ["side read"] = ("GET", $"/realtime/v1/sessions/{{id}}/{Side}/out", null, "read:sessions:{id}:channels:cam"),
        ["side append"] = ("POST", $"/realtime/v1/sessions/{{id}}/{Side}/in/append", "x", "write:sessions:{id}:channels:cam"),
        ["side append out"] = ("POST", $"/realtime/v1/sessions/{{id}}/{Side}/out/append", "x", null),
        ["side sink out"] = ("PUT", $"/realtime/v1/sessions/{{id}}/{Side}/out", null, null),
        ["run"] = ("GET", "/api/v3/runs/{run}", null, "read:runs:{run}"),
        ["cancel"] = ("POST", "/api/v2/runs/{run}/cancel", null, "write:runs:{run}"),
    };

    /// <summary>What the token in the answer to a create opens of its session: what a chat in a browser needs.</summary>
    private static readonly HashSet<string> _chatCalls =
    [
        "retrieve", "swap", "snapshot read", "snapshot write", "read in", "read out", "head out", "drain", "append in", "sink in", "side read", "side append",
    ];

    public static TheoryData<string> AllCalls => [.. _calls.Keys];

    [Theory]
    [MemberData(nameof(AllCalls))]
    public async Task Call_WithTheSecretKeys_IsServed(string call)
    {
        foreach (string key in new[] { GatewayServer.Key, GatewayServer.PreviousKey })
        {
            AssertServed(await CallAsync(call, await NewAsync(), key));
        }
    }

    [Theory]
    [MemberData(nameof(AllCalls))]
    public async Task Call_WithoutACredentialThatIsKnown_Is401(string call)
    {
        Target target = await NewAsync();
        foreach (string? token in new[] { null, "wrong", GatewayServer.Key + "x", GatewayServer.Key[..^1], server.TokenOf("default", TimeSpan.FromSeconds(-60), "admin") })
        {
            Answer answer = await CallAsync(call, target, token);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
            Assert.True(call.StartsWith("head", StringComparison.Ordinal) || answer.Error is not null);
        }
    }

    [Theory]
    [MemberData(nameof(AllCalls))]
    public async Task Call_WithTheScopeItNeeds_IsServed_ElseOnlyTheKeyIs(string call)
    {
        Target target = await NewAsync();
        string? needs = _calls[call].Needs;
        string[] good = needs is null ? [] : [target.Fill(needs), "admin", "*:all", needs.Replace(":{id}:channels:cam", "", StringComparison.Ordinal).Replace(":{id}", "", StringComparison.Ordinal).Replace(":{run}", "", StringComparison.Ordinal)];
        foreach (string scope in good)
        {
            AssertServed(await CallAsync(call, target, server.TokenFor("noise", scope)));
            target = await NewAsync();
        }

        if (needs is null)
        {
            string[] most = ["admin", "*:all", "admin:sessions", target.Fill("write:sessions:{id}"), target.Fill("admin:sessions:{id}"), target.Fill("write:sessions:{id}:channels:cam:out")];
            Assert.Equal(HttpStatusCode.Forbidden, (await CallAsync(call, target, server.TokenFor(most))).Status);
        }
    }

    [Theory]
    [MemberData(nameof(AllCalls))]
    public async Task Call_WithEveryOtherScope_Is403(string call)
    {
        Target target = await NewAsync();
        Target other = await NewAsync();
        string? needs = _calls[call].Needs;
        string[] bad =
        [
            "", "read", "write", ":", "::", "read:", "write:sessions:", "read:sessions:", "trigger:tasks:echo", "read:inputStreams:x",
            "read:runs:run_other", "write:runs:run_other", "read:sessions:*", "write:sessions:*", "admin:sessions:*",
            other.Fill("read:sessions:{id}"), other.Fill("write:sessions:{id}"), other.Fill("admin:sessions:{id}"),
            target.Fill("read:sessions:{id}x"), target.Fill("read:sessions:{id} "), target.Fill("read:sessions: {id}"),
            target.Fill("READ:SESSIONS:{id}"), target.Fill("read:session:{id}"), target.Fill("write:sessions:{id}:"),
            target.Fill("read:sessions:{id}:channels:other"), target.Fill("write:sessions:{id}:channels:other"), target.Fill("write:sessions:{id}:channels"),
            target.Fill("write:sessions:{id}:channels:cam:up"), target.Fill("a read:sessions:{id}"), target.Fill("x:sessions:{id}"),
        ];
        foreach (string scope in bad)
        {
            Answer answer = await CallAsync(call, target, server.TokenFor(scope));
            Assert.True(answer.Status == HttpStatusCode.Forbidden, $"{call} with '{scope}': {answer.Status}");
            if (!call.StartsWith("head", StringComparison.Ordinal))
            {
                Assert.Contains("\"error\":\"Unauthorized\",\"code\":\"unauthorized\",\"param\":\"access_token\",\"type\":\"authorization\"}", answer.Text, StringComparison.Ordinal);
            }
        }

        // A watch token reads and does nothing else; a session token does what a chat needs.
        if (needs?.StartsWith("read:sessions:", StringComparison.Ordinal) != true)
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await CallAsync(call, target, server.TokenFor(target.Fill("read:sessions:{id}")))).Status);
        }
    }

    [Theory]
    [MemberData(nameof(AllCalls))]
    public async Task Call_WithTheSessionsOwnToken_IsWhatAChatNeeds_ElseChangesNothing(string call)
    {
        Target target = await NewAsync();
        Target other = await NewAsync();

        // A boundary's token also shows the run that wrote it.
        string ofBoundary = server.Services.GetRequiredService<ISessionTokens>().Mint(new SessionKey("default", target.Id), target.Run);
        foreach ((string token, bool may) in new[] { (target.Token, _chatCalls.Contains(call)), (ofBoundary, _chatCalls.Contains(call) || call == "run") })
        {
            // The other session stays as it is, whatever its neighbour's token asks of it.
            await AssertRefusedAsync(call, other, token);
            if (may)
            {
                AssertServed(await CallAsync(call, target, token));
            }
            else
            {
                await AssertRefusedAsync(call, target, token);
            }
        }
    }

    [Theory]
    [InlineData("*")]
    [InlineData("a:b")]
    [InlineData("a read:sessions:b")]
    [InlineData("b write:sessions:b")]
    public async Task Token_OfASessionWithAHostileId_OpensNoOther(string id)
    {
        string token = (await NewAsync(id)).Token;
        foreach (Target other in new[] { await NewAsync(), await NewAsync("b"), await NewAsync("a") })
        {
            foreach (string call in _calls.Keys)
            {
                await AssertRefusedAsync(call, other, token);
            }
        }
    }

    [Theory]
    [InlineData("POST", "/api/v1/auth/public-tokens", """{"scopes":["admin"]}""", HttpStatusCode.Unauthorized)]
    [InlineData("POST", "/api/v1/auth/jwt/claims", null, HttpStatusCode.Unauthorized)]
    [InlineData("PATCH", "/api/v1/sessions/{id}", """{"tags":["mine"],"metadata":{"userId":"mine"}}""", HttpStatusCode.Forbidden)]
    [InlineData("POST", "/api/v1/sessions/{id}/close", """{"reason":"mine"}""", HttpStatusCode.Forbidden)]
    [InlineData("PUT", "/api/v1/sessions/{id}/legal-hold", """{"reason":"mine"}""", HttpStatusCode.Forbidden)]
    [InlineData("GET", "/api/v1/sessions/{id}/legal-hold", null, HttpStatusCode.Forbidden)]
    [InlineData("POST", "/api/v1/erasures", """{"session":"{id}"}""", HttpStatusCode.Forbidden)]
    [InlineData("GET", "/api/v1/sessions?filter[externalId]={id}", null, HttpStatusCode.Forbidden)]
    [InlineData("GET", "/api/v1/webhooks/events", null, HttpStatusCode.Forbidden)]
    [InlineData("GET", "/api/console/v1/sessions/{id}", null, HttpStatusCode.Forbidden)]
    [InlineData("DELETE", "/api/console/v1/sessions/{id}", null, HttpStatusCode.Forbidden)]
    [InlineData("GET", "/api/console/v1/sessions/{id}/transcript", null, HttpStatusCode.Forbidden)]
    [InlineData("POST", "/api/console/v1/sessions/{id}/say", """{"text":"mine"}""", HttpStatusCode.Forbidden)]
    [InlineData("POST", "/api/console/v1/sessions/{id}/fork", "{}", HttpStatusCode.Forbidden)]
    public async Task Call_ForOperators_WithTheSessionsOwnToken_IsRefused(string method, string path, string? body, HttpStatusCode status)
    {
        Target target = await NewAsync();
        string before = await StateAsync(target);

        Answer answer = await server.SendAsync(method, target.Fill(path), body is null ? null : target.Fill(body), target.Token);

        Assert.Equal(status, answer.Status);
        Assert.Equal(before, await StateAsync(target));
    }

    [Theory]
    [MemberData(nameof(AllCalls))]
    public async Task Call_FromAnotherEnvironment_SeesNothing(string call)
    {
        Target target = await NewAsync();
        Answer byKey = await CallAsync(call, target, GatewayServer.OtherKey);
        Answer byToken = await CallAsync(call, target, server.TokenOf("other", TimeSpan.FromHours(1), "admin"));

        // What another environment asks for by an external id is its own session of that name, which is not there.
        foreach (Answer answer in new[] { byKey, byToken })
        {
            Assert.DoesNotContain("marker-of-default", answer.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(target.Run, answer.Text, StringComparison.Ordinal);
        }

        Assert.Contains("marker-of-default", (await server.SendAsync("GET", Calls.SessionPath(target.Id))).Text, StringComparison.Ordinal);
        Assert.Equal("False", (await server.SendAsync("GET", $"/api/v3/runs/{target.Run}")).Field("isCancelled"));
        Assert.Single((await server.SendAsync("GET", Calls.ChannelPath(target.Id, "out/records"))).Json.GetProperty("records").EnumerateArray());
        Assert.Empty((await server.SendAsync("GET", Calls.ChannelPath(target.Id, "in/records"))).Json.GetProperty("records").EnumerateArray());
    }

    [Fact]
    public async Task Token_OfEitherId_IsGoodOnEitherUrl()
    {
        Target target = await NewAsync();
        foreach (string tokenId in new[] { target.Id, target.Friendly })
        {
            foreach (string urlId in new[] { target.Id, target.Friendly })
            {
                Answer answer = await server.SendAsync("POST", Calls.ChannelPath(urlId, "in/append"), "x", server.TokenFor($"write:sessions:{tokenId}"));
                Assert.Equal(HttpStatusCode.OK, answer.Status);
                answer = await server.SendAsync("POST", Calls.ChannelPath(urlId, $"{Side}/in/append"), "x", server.TokenFor($"write:sessions:{tokenId}:channels:cam:in"));
                Assert.Equal(HttpStatusCode.OK, answer.Status);
            }
        }
    }

    [Fact]
    public async Task ChannelToken_ReachesNeitherTheReservedPairNorAnotherChannelNorTheOtherDirection()
    {
        Target target = await NewAsync();
        string narrow = server.TokenFor(target.Fill("read:sessions:{id}:channels:cam:out"), target.Fill("write:sessions:{id}:channels:cam:in"));
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("HEAD", Calls.ChannelPath(target.Id, $"{Side}/out"), null, narrow)).Status);
        foreach (string path in new[] { $"{Side}/in", "channels/other/out", "out", "in" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await server.SendAsync("HEAD", Calls.ChannelPath(target.Id, path), null, narrow)).Status);
        }

        foreach (string path in new[] { "in/append", "channels/other/in/append", $"{Side}/out/append" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await server.SendAsync("POST", Calls.ChannelPath(target.Id, path), "x", narrow)).Status);
        }
    }

    [Fact]
    public async Task Trap6_ATokenForTheTask_MayCreate()
    {
        Assert.Equal(HttpStatusCode.Created, (await server.SendAsync("POST", "/api/v1/sessions", Calls.CreateBody(Calls.NewId()), server.TokenFor("write:tasks:echo"))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.SendAsync("POST", "/api/v1/sessions", Calls.CreateBody(Calls.NewId()), server.TokenFor("write:tasks:other"))).Status);
    }

    [Theory]
    [InlineData("", "read:tasks", true)]
    [InlineData("?filter[taskIdentifier]=echo", "read:tasks:echo", true)]
    [InlineData("?filter[taskIdentifier]=echo,other", "read:tasks:echo", false)]
    [InlineData("", "read:tasks:echo", false)]
    [InlineData("?filter[externalId]=a", "read:sessions:a", false)]
    public async Task List_WithTaskScopes(string query, string scope, bool may) =>
        Assert.Equal(may ? HttpStatusCode.OK : HttpStatusCode.Forbidden, (await server.SendAsync("GET", "/api/v1/sessions" + query, null, server.TokenFor(scope))).Status);

    [Theory]
    [InlineData("read:tags:chat:x", true)]
    [InlineData("read:tags:chat", false)]
    [InlineData("read:tasks:echo", true)]
    [InlineData("read:tasks:other", false)]
    public async Task Run_ByItsTagsAndTask(string scope, bool may)
    {
        string body = Calls.CreateBody(Calls.NewId()).Replace("\"triggerConfig\":{", "\"triggerConfig\":{\"tags\":[\"chat:x\"],", StringComparison.Ordinal);
        string run = (await server.SendAsync("POST", "/api/v1/sessions", body)).Field("runId")!;
        Assert.Equal(may ? HttpStatusCode.OK : HttpStatusCode.Forbidden, (await server.SendAsync("GET", $"/api/v3/runs/{run}", null, server.TokenFor(scope))).Status);
    }

    [Fact]
    public async Task UnderscopedToken_CannotTellWhichSessionsExist()
    {
        Target target = await NewAsync();
        string token = server.TokenFor("write:sessions:something-else", "read:sessions:something-else");
        foreach (string id in new[] { target.Id, target.Friendly, "no-such-session", "session_nosuchsession0000000" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await server.SendAsync("POST", Calls.ChannelPath(id, "in/append"), "x", token)).Status);
            Assert.Equal(HttpStatusCode.Forbidden, (await server.SendAsync("GET", Calls.SessionPath(id), null, token)).Status);
        }
    }

    [Fact]
    public async Task OrderOfChecks_401Then413Then400Then403Then404()
    {
        string path = Calls.SessionPath("no-such-session");
        byte[] large = new byte[40_000];
        string weak = server.TokenFor("read:sessions:x");

        Assert.Equal(HttpStatusCode.Unauthorized, (await server.SendAsync("PATCH", path, large, "bad")).Status);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await server.SendAsync("PATCH", path, large, weak)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.SendAsync("PATCH", path, "{nope", weak)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.SendAsync("PATCH", path, "{}", weak)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("PATCH", path, "{}")).Status);
    }

    private static void AssertServed(Answer answer) =>
        Assert.True((int)answer.Status is 200 or 201 or 202 or 204, $"{answer.Status} {answer.Text}");

    private async Task AssertRefusedAsync(string call, Target target, string token)
    {
        string before = await StateAsync(target);
        Answer answer = await CallAsync(call, target, token);
        Assert.True(answer.Status == HttpStatusCode.Forbidden, $"{call} of {target.Id}: {answer.Status}");
        Assert.Equal(before, await StateAsync(target));
    }

    /// <summary>Everything that a call could have changed.</summary>
    private async Task<string> StateAsync(Target target)
    {
        string[] paths =
        [
            Calls.SessionPath(target.Id), Calls.SessionPath(target.Id, "/runs"), Calls.ChannelPath(target.Id, "in/records"), Calls.ChannelPath(target.Id, "out/records"),
            Calls.ChannelPath(target.Id, $"{Side}/in/records"), Calls.ChannelPath(target.Id, $"{Side}/out/records"),
        ];
        Answer[] answers = await Task.WhenAll(paths.Select(path => server.SendAsync("GET", path)));
        Assert.All(answers, static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        return string.Join('\n', answers.Select(static answer => answer.Text));
    }

    private Task<Target> NewAsync() => NewAsync(Calls.NewId("scope"));

    private async Task<Target> NewAsync(string id)
    {
        JsonElement created = await server.CreateAsync(id, GatewayServer.Key, ",\"metadata\":{\"of\":\"marker-of-default\"}");
        await server.SayAsync(id, "!turn-complete");
        return new Target(
            id, created.GetProperty("id").GetString()!, created.GetProperty("runId").GetString()!, created.GetProperty("publicAccessToken").GetString()!);
    }

    private Task<Answer> CallAsync(string name, Target target, string? token)
    {
        (string method, string path, string? body, _) = _calls[name];
        return server.SendAsync(method, target.Fill(path), body is null ? null : target.Fill(body), token, ("X-Peek-Settled", "1"), ("Timeout-Seconds", "1"));
    }

    private sealed record Target(string Id, string Friendly, string Run, string Token)
    {
        public string Fill(string text) => text.Replace("{id}", Id, StringComparison.Ordinal).Replace("{run}", Run, StringComparison.Ordinal);
    }
}
