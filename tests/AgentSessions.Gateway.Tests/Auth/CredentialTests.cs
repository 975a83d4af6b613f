using System.Net;
using System.Text.Json;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.Protocol.Tokens;

namespace AgentSessions.Gateway.Tests.Auth;

public sealed class CredentialTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    [Fact]
    public async Task Claims_NameTheEnvironmentOfTheKey()
    {
        Assert.Equal("""{"sub":"default","pub":true}""", (await server.SendAsync("POST", "/api/v1/auth/jwt/claims")).Text);
        Assert.Equal("""{"sub":"other","pub":true}""", (await server.SendAsync("POST", "/api/v1/auth/jwt/claims", null, GatewayServer.OtherKey)).Text);
    }

    [Fact]
    public async Task Trap23_ATokenSignedByTheCustomer_WithoutTypAndForAForeignAudience_IsGood()
    {
        string id = Calls.NewId();
        await server.CreateAsync(id);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        var claims = new SessionTokenClaims("default", [$"read:sessions:{id}"], now, now.AddMinutes(15));
        foreach (string key in new[] { GatewayServer.Key, GatewayServer.PreviousKey })
        {
            string token = SessionToken.Sign(claims, System.Text.Encoding.UTF8.GetBytes(key));
            Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("GET", Calls.SessionPath(id), null, token)).Status);
        }

        string foreign = SessionToken.Sign(claims, System.Text.Encoding.UTF8.GetBytes(GatewayServer.OtherKey));
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.SendAsync("GET", Calls.SessionPath(id), null, foreign)).Status);
    }

    [Theory]
    [InlineData("x.y.z")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.x.y")]
    public async Task CredentialThatIsNoToken_IsRefusedLikeAnyOther(string token)
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.SendAsync("GET", "/api/v1/sessions", null, token)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.SendAsync("POST", "/api/v1/erasures/verify", new { receipt = token })).Status);
    }

    [Fact]
    public async Task Credential_CountsOnlyOnceAndOnlyInTheHeader()
    {
        string id = Calls.NewId();
        await server.CreateAsync(id);
        string path = Calls.SessionPath(id);
        string key = GatewayServer.Key;

        Assert.Equal(HttpStatusCode.Unauthorized, (await server.SendAsync("GET", $"{path}?access_token={key}", null, null)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.SendAsync("GET", path, null, null, ("Cookie", $"token={key}"))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.SendAsync("GET", path, null, null, ("Authorization", $"Basic {key}"))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.SendAsync("GET", path, null, null, ("Authorization", key))).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("GET", path, null, null, ("Authorization", $"bearer {key}"))).Status);
        string twice = await RawConnection.AskAsync(server, $"GET {path}", "", $"Authorization: Bearer {key}");
        Assert.StartsWith("HTTP/1.1 401 ", twice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_AppearInNoLogAndNoAnswer()
    {
        await using var own = await TemporaryServer.StartAsync(("Logging:LogLevel:Default", "Trace"));
        string id = Calls.NewId();
        await own.Server.CreateAsync(id);
        string path = Calls.ChannelPath(id, "in/append");
        (string Secret, HttpStatusCode Status)[] secrets =
        [
            (GatewayServer.Key, HttpStatusCode.OK), (GatewayServer.PreviousKey, HttpStatusCode.OK), (GatewayServer.OtherKey, HttpStatusCode.NotFound),
            (own.Server.TokenFor($"write:sessions:{id}"), HttpStatusCode.OK),
        ];

        foreach ((string secret, HttpStatusCode status) in secrets)
        {
            Answer[] answers =
            [
                await own.Server.SendAsync("POST", path, "x", secret),
                await own.Server.SendAsync("POST", path, "x", secret + "y"),
                await own.Server.SendAsync("POST", $"{path}?access_token={secret}", "x", null),
                await own.Server.SendAsync("POST", path, "x", null, ("Cookie", $"token={secret}")),
            ];
            Assert.Equal([status, HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized], answers.Select(static answer => answer.Status));
            Assert.All(answers, answer => Assert.DoesNotContain(secret, answer.Text, StringComparison.Ordinal));
            Assert.DoesNotContain(own.Server.Logs.Lines, line => line.Contains(secret, StringComparison.Ordinal));
        }

        Assert.True(own.Server.Logs.Lines.Count(line => line.Contains(path, StringComparison.Ordinal)) >= 4 * secrets.Length, "The log was not watched.");
    }

    [Fact]
    public async Task PreviousKey_IsRefusedAfterItsGracePeriod()
    {
        await using var own = await TemporaryServer.StartAsync(("AgentSessions:PreviousSecretKeyUntil", DateTimeOffset.UtcNow.AddHours(1).ToString("O")));
        string oldToken = SessionToken.Sign(
            new SessionTokenClaims("default", ["read:sessions"], DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1)),
            System.Text.Encoding.UTF8.GetBytes(GatewayServer.PreviousKey));
        foreach (string credential in new[] { GatewayServer.PreviousKey, oldToken })
        {
            Assert.Equal(HttpStatusCode.OK, (await own.Server.SendAsync("GET", "/api/v1/sessions", null, credential)).Status);
        }

        own.Server.Clock.Advance(TimeSpan.FromHours(2));

        foreach (string credential in new[] { GatewayServer.PreviousKey, oldToken })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await own.Server.SendAsync("GET", "/api/v1/sessions", null, credential)).Status);
        }
    }

    [Theory]
    [InlineData("AgentSessions:SecretKey", "short")]
    [InlineData("AgentSessions:SecretKey", "has a space in it")]
    [InlineData("AgentSessions:SecretKey", "changeme")]
    [InlineData("AgentSessions:SecretKey", "")]
    [InlineData("AgentSessions:PreviousSecretKeyUntil", null)]
    [InlineData("AgentSessions:Environments:other:SecretKey", GatewayServer.Key)]
    [InlineData("AgentSessions:Environments:a b:SecretKey", "tr_dev_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz")]
    [InlineData("AgentSessions:Environments:x:PreviousSecretKey", "tr_dev_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz")]
    [InlineData("AgentSessions:SecretKeyFile", "/no/such/file")]
    public async Task Start_WithAWrongKey_FailsAndNamesTheSetting(string name, string? value)
    {
        var wrong = new GatewayServer((name, value!));
        var failure = await Assert.ThrowsAnyAsync<Exception>(wrong.InitializeAsync);
        Assert.Contains(name.Split(':')[1], failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("zzzz", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void KeyFile_IsReadWithoutItsLineBreak()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, GatewayServer.Key + "\n");
            var errors = new List<string>();
            AcceptedKey key = Assert.Single(SecretKeyReader.Read(new EnvironmentsOptions { SecretKeyFile = file }, errors));
            Assert.Empty(errors);
            Assert.Equal(GatewayServer.Key, System.Text.Encoding.UTF8.GetString(key.Bytes));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void NoKeyAtAll_IsAnErrorThatNamesTheSetting()
    {
        var options = new EnvironmentsOptions();
        var errors = new List<string>();
        SecretKeyReader.Read(options, errors);
        Assert.True(options.IsEmpty);
        Assert.Contains("AgentSessions:SecretKey", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"scopes\":[\"read:sessions:x\"]}", 900)]
    [InlineData("{\"scopes\":[\"read:sessions:x\"],\"expirationTime\":\"5m\"}", 300)]
    [InlineData("{\"scopes\":[\"read:sessions:x\"],\"expirationTime\":\"1 hour\"}", 3600)]
    [InlineData("{\"scopes\":[\"read:sessions:x\"],\"expirationTime\":\"30d\"}", 2592000)]
    [InlineData("{\"scopes\":[\"read:sessions:x\"],\"expirationTime\":\"24h\",\"oneTimeUse\":true,\"realtime\":{\"skipColumns\":[\"payload\"]}}", 86400)]
    public async Task PublicToken_LivesAsLongAsAsked(string body, int seconds)
    {
        Answer answer = await server.SendAsync("POST", "/api/v1/auth/public-tokens", body);
        SessionTokenClaims claims = server.Keys.Verify(answer.Field("token")!)!;
        Assert.InRange((claims.ExpiresAt - DateTimeOffset.UtcNow).TotalSeconds, seconds - 20, seconds + 1);
        Assert.Equal(["read:sessions:x"], claims.Scopes);
    }

    [Fact]
    public async Task PublicToken_ForAnAbsoluteTime()
    {
        long at = DateTimeOffset.UtcNow.AddHours(2).ToUnixTimeSeconds();
        Answer answer = await server.SendAsync("POST", "/api/v1/auth/public-tokens", $$"""{"scopes":["read:sessions"],"expirationTime":{{at}}}""");
        Assert.Equal(at, server.Keys.Verify(answer.Field("token")!)!.ExpiresAt.ToUnixTimeSeconds());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"scopes\":[]}")]
    [InlineData("{\"scopes\":[\"\"]}")]
    [InlineData("{\"scopes\":\"read:sessions\"}")]
    [InlineData("{\"scopes\":[1]}")]
    [InlineData("{\"scopes\":[\"a\"],\"expirationTime\":\"31d\"}")]
    [InlineData("{\"scopes\":[\"a\"],\"expirationTime\":\"0s\"}")]
    [InlineData("{\"scopes\":[\"a\"],\"expirationTime\":\"-5m\"}")]
    [InlineData("{\"scopes\":[\"a\"],\"expirationTime\":\"soon\"}")]
    [InlineData("{\"scopes\":[\"a\"],\"expirationTime\":\"9999999999999999999999y\"}")]
    [InlineData("{\"scopes\":[\"a\"],\"expirationTime\":1}")]
    [InlineData("{\"scopes\":[\"a\"],\"expirationTime\":99999999999}")]
    [InlineData("{\"scopes\":[\"a\"],\"expirationTime\":1e300}")]
    [InlineData("{\"scopes\":[\"a\"],\"expirationTime\":true}")]
    [InlineData("{\"scopes\":[\"a\"],\"oneTimeUse\":1}")]
    [InlineData("{\"scopes\":[\"\\ud800\"]}")]
    [InlineData("")]
    public async Task PublicToken_WithAWrongBody_Is400(string body)
    {
        Answer answer = await server.SendAsync("POST", "/api/v1/auth/public-tokens", body);
        Assert.True(answer.Status == HttpStatusCode.BadRequest, answer.Text);
    }

    [Fact]
    public async Task PublicTokens_CannotMint()
    {
        foreach (string path in new[] { "/api/v1/auth/jwt/claims", "/api/v1/auth/public-tokens" })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await server.SendAsync("POST", path, """{"scopes":["admin"]}""", server.TokenFor("admin"))).Status);
            Assert.Equal(HttpStatusCode.Unauthorized, (await server.SendAsync("POST", path, null, "bad")).Status);
        }
    }

    [Fact]
    public async Task Trap5_CreateAnswersATokenInItsBodyAndNoOtherHeader()
    {
        string id = Calls.NewId();
        Answer answer = await server.SendAsync("POST", "/api/v1/sessions", Calls.CreateBody(id));
        SessionTokenClaims claims = server.Keys.Verify(answer.Field("publicAccessToken")!)!;
        Assert.Equal([$"read:sessions:{id}", $"write:sessions:{id}"], claims.Scopes);
        Assert.InRange((claims.ExpiresAt - DateTimeOffset.UtcNow).TotalMinutes, 59, 60.1);
        Assert.Null(answer.Header("x-trigger-jwt"));

        JsonElement own = await server.CreateAsync(null);
        claims = server.Keys.Verify(own.GetProperty("publicAccessToken").GetString()!)!;
        Assert.Equal($"read:sessions:{own.GetProperty("id").GetString()}", claims.Scopes[0]);
    }
}
