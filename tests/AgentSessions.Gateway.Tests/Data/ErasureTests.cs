using System.Net;
using System.Security.Cryptography;
using System.Text;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Data;

public sealed class ErasureTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    [Fact]
    public async Task Erasure_OfAUser_RemovesTheirSessionsAndValuesAndSignsForIt()
    {
        string user = Calls.NewId("user");
        string first = Calls.NewId(), second = Calls.NewId(), other = Calls.NewId();
        await server.CreateAsync(first, extra: $$""","metadata":{"userId":"{{user}}"}""");
        await server.CreateAsync(second, extra: $$""","metadata":{"userId":"{{user}}"}""");
        await server.CreateAsync(other, extra: ""","metadata":{"userId":"somebody-else"}""");
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(user)).AsSpan(0, 16));
        var rule = new StateKey(Calls.EnvironmentDefault, "permission-rules", $"{hash}/rule");
        await server.Engine.State.PutAsync(new StatePut(rule, "x"u8.ToArray()), expectedVersion: null, default);

        Answer answer = await server.SendAsync("POST", "/api/v1/erasures", new { user });

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        Assert.Equal(2, answer.Json.GetProperty("sessions").GetArrayLength());
        Assert.Equal(1, answer.Json.GetProperty("values").GetInt32());
        Assert.DoesNotContain(user, answer.Text);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", Calls.SessionPath(first))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", Calls.SessionPath(second))).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("GET", Calls.SessionPath(other))).Status);
        Assert.Null(await server.Engine.State.GetAsync(rule, default));

        string receipt = answer.Field("receipt")!;
        Answer verified = await server.SendAsync("POST", "/api/v1/erasures/verify", new { receipt });
        Answer forged = await server.SendAsync("POST", "/api/v1/erasures/verify", new { receipt = receipt[..^2] + (receipt.EndsWith("xx", StringComparison.Ordinal) ? "yy" : "xx") });
        Answer elsewhere = await server.SendAsync("POST", "/api/v1/erasures/verify", new { receipt }, GatewayServer.OtherKey);
        Assert.Equal(answer.Field("id"), verified.Field("id"));
        Assert.Equal(HttpStatusCode.BadRequest, forged.Status);
        Assert.Equal(HttpStatusCode.BadRequest, elsewhere.Status);
    }

    [Fact]
    public async Task Erasure_OfAUser_RemovesEventsAboutTheirBudgets()
    {
        string user = Calls.NewId("user");
        await PutEventAsync("webhook-events", "evt_1", user);
        await PutEventAsync("webhook-log", "evt_2", user);
        await PutEventAsync("webhook-log", "evt_3", "somebody-else");

        Answer answer = await server.SendAsync("POST", "/api/v1/erasures", new { user });

        Assert.Equal(2, answer.Json.GetProperty("values").GetInt32());
        Assert.Equal("evt_3", Assert.Single(await server.Engine.State.ListAsync(Calls.EnvironmentDefault, "webhook-log", "", after: null, limit: 10, default)).Key.Name);
    }

    private async Task PutEventAsync(string space, string id, string user)
    {
        string json = $$$"""{"id":"{{{id}}}","type":"budget.exceeded","timestamp":"2026-01-01T00:00:00Z","data":{"userId":"{{{user}}}"}}""";
        await server.Engine.State.PutAsync(new StatePut(new StateKey(Calls.EnvironmentDefault, space, id), Encoding.UTF8.GetBytes(json)), expectedVersion: null, default);
    }

    [Fact]
    public async Task LegalHold_KeepsASessionFromEveryDeletionUntilItIsLifted()
    {
        string user = Calls.NewId("user");
        string held = Calls.NewId(), free = Calls.NewId();
        await server.CreateAsync(held, extra: $$""","metadata":{"userId":"{{user}}"}""");
        await server.CreateAsync(free, extra: $$""","metadata":{"userId":"{{user}}"}""");
        Answer placed = await server.SendAsync("PUT", Calls.SessionPath(held, "/legal-hold"), new { reason = "case 7" });

        Answer deletion = await server.SendAsync("DELETE", Calls.SessionPath(held));
        Answer one = await server.SendAsync("POST", "/api/v1/erasures", new { session = held });
        Answer all = await server.SendAsync("POST", "/api/v1/erasures", new { user });

        Assert.Equal(HttpStatusCode.OK, placed.Status);
        Assert.Equal("case 7", (await server.SendAsync("GET", Calls.SessionPath(held, "/legal-hold"))).Field("reason"));
        Assert.Equal((HttpStatusCode.Conflict, "legal_hold"), (deletion.Status, deletion.Field("code")));
        Assert.Equal(HttpStatusCode.Conflict, one.Status);
        Assert.Single(all.Json.GetProperty("sessions").EnumerateArray());
        Assert.Single(all.Json.GetProperty("kept").EnumerateArray());
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", Calls.SessionPath(free))).Status);

        await server.SendAsync("DELETE", Calls.SessionPath(held, "/legal-hold"));
        Assert.Equal(HttpStatusCode.NoContent, (await server.SendAsync("DELETE", Calls.SessionPath(held))).Status);
    }

    [Fact]
    public async Task LegalHold_RacingWithADeletion_EitherKeepsTheSessionOrIsRefused()
    {
        for (int i = 0; i < 30; i++)
        {
            string id = Calls.NewId();
            await server.CreateAsync(id);
            Task<Answer> placing = server.SendAsync("PUT", Calls.SessionPath(id, "/legal-hold"), new { reason = "case 8" });
            Task<Answer> deleting = server.SendAsync("DELETE", Calls.SessionPath(id));
            (HttpStatusCode placed, HttpStatusCode deleted) = ((await placing).Status, (await deleting).Status);

            Assert.Equal(placed == HttpStatusCode.OK ? HttpStatusCode.Conflict : HttpStatusCode.NoContent, deleted);
            Assert.Contains(placed, new[] { HttpStatusCode.OK, HttpStatusCode.NotFound });
            await server.CreateAsync(id);
            Assert.Equal(placed, (await server.SendAsync("GET", Calls.SessionPath(id, "/legal-hold"))).Status);
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"session":"a","user":"b"}""")]
    public async Task Erasure_OfNobodyInParticular_IsRefused(string body) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await server.SendAsync("POST", "/api/v1/erasures", body)).Status);
}
