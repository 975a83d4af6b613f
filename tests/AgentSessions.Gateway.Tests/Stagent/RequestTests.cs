using System.Text.Json;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Holding;
using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Gateway.Stagent.Requests;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.TestServer;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway.Tests.Stagent;

/// <summary>Requests outlive clients, servers and crashes until somebody answers or their time is over.</summary>
public sealed class RequestTests
{
    [Fact]
    public async Task Expiry_DeniesTheRequest_AndALateAnswerIsStale()
    {
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync();
        StagentServer server = handle.Server;
        string id = await server.NewAsync("permission");
        await using TurnReader turn = await TurnReader.SendAsync(server, id, new { content = "read" });
        JsonElement request = await turn.UntilAsync("permission_request");

        server.Clock.Advance(TimeSpan.FromSeconds(121));
        List<JsonElement> events = await turn.ReadAllAsync();

        Assert.Equal("Denied: The request timed out: nobody answered it.", StagentCalls.TextOf(events));
        Assert.Equal("done", StagentCalls.TypeOf(events[^1]));
        Assert.Equal(["complete", "complete", "error"], (await server.HistoryAsync(id)).Select(static row => row.Status));
        Assert.True(await server.RespondAsync(id, Answer(request, "allow")));
        Assert.Equal(["complete", "complete", "complete"], (await server.HistoryAsync(id)).Select(static row => row.Status));
    }

    [Fact]
    public async Task Disconnect_AfterAnAnswer_StopsWhatTheAgentWentOnWith()
    {
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync();
        StagentServer server = handle.Server;
        string id = await server.NewAsync("reader");
        await using (TurnReader turn = await TurnReader.SendAsync(server, id, new { content = "read" }))
        {
            JsonElement request = await turn.UntilAsync("permission_request");
            Assert.False(await server.RespondAsync(id, Answer(request, "allow")));
            await turn.UntilAsync("delta");
        }

        IReadOnlyList<Row> rows = await server.UntilAsync(id, static rows => rows.All(static row => row.Status == "complete"));

        Assert.Equal(["read", "Read /etc/hosts"], rows.Take(2).Select(static row => row.Content));
        Assert.NotNull(await TurnReceipt.FindAsync(
            server.Store, Calls.EnvironmentDefault, rows[2].Metadata!.Value.GetProperty("requestId").GetString()!, CancellationToken.None));
    }

    [Fact]
    public async Task Message_InAChatThatAPersonHolds_IsAnsweredByThatPerson()
    {
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync();
        StagentServer server = handle.Server;
        string id = await server.NewAsync("echo");
        await server.ChatAsync(id, new { content = "one" });
        var session = new SessionKey(Calls.EnvironmentDefault, id);
        await server.Engine.HoldAsync(session, new HoldSession(HoldAction.TakeOver) { By = "ada" }, CancellationToken.None);
        await using TurnReader turn = await TurnReader.SendAsync(server, id, new { content = "two" });

        // However often it looks whether somebody is still there: no run is.
        int looks = server.Store.Loads;
        await Eventually.TrueAsync(
            () =>
            {
                server.Clock.Skip(TimeSpan.FromSeconds(1));
                return Task.FromResult(server.Store.Loads > looks + 25);
            },
            "looks at who answers");
        await server.Engine.HoldAsync(session, new HoldSession(HoldAction.Say) { MessageId = "op1", Text = "a person" }, CancellationToken.None);
        List<JsonElement> events = await turn.ReadAllAsync();

        Assert.Equal("a person", StagentCalls.TextOf(events));
        Assert.Equal("done", StagentCalls.TypeOf(events[^1]));
        Assert.Equal("assistant:a person:complete", (await server.HistoryAsync(id))[^1].ToString());
    }

    [Fact]
    public async Task Request_InAChatThatAPersonTakesOver_EndsItsTurnWhenItExpires()
    {
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync();
        StagentServer server = handle.Server;
        string id = await server.NewAsync("permission");
        await using TurnReader turn = await TurnReader.SendAsync(server, id, new { content = "read" });
        await turn.UntilAsync("permission_request");
        await server.UntilSettledAsync(id);
        var session = new SessionKey(Calls.EnvironmentDefault, id);
        await server.Engine.HoldAsync(session, new HoldSession(HoldAction.TakeOver) { By = "ada" }, CancellationToken.None);

        server.Clock.Advance(TimeSpan.FromSeconds(121));
        List<JsonElement> events = await turn.ReadAllAsync();

        Assert.Equal("done", StagentCalls.TypeOf(events[^1]));
        Assert.Equal(["complete", "complete", "error"], (await server.HistoryAsync(id)).Select(static row => row.Status));

        // The person answers what comes next, and the agent hears of the expiry with the session.
        await using TurnReader next = await TurnReader.SendAsync(server, id, new { content = "anybody?" });
        await next.UntilAsync("status");
        await server.Engine.HoldAsync(session, new HoldSession(HoldAction.Say) { MessageId = "op1", Text = "a person" }, CancellationToken.None);
        Assert.Equal("a person", StagentCalls.TextOf(await next.ReadAllAsync()));
        await server.Engine.HoldAsync(session, new HoldSession(HoldAction.HandBack), CancellationToken.None);
        await server.UntilAsync(id, static rows => rows.Any(static row => row.Content.StartsWith("Denied: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Request_IsAnswered_AtTheNextStart()
    {
        await using StagentServerHandle first = await StagentServerHandle.NewAsync();
        string id = await first.Server.NewAsync("permission");
        await using TurnReader turn = await TurnReader.SendAsync(first.Server, id, new { content = "read" });
        JsonElement request = await turn.UntilAsync("permission_request");
        await first.Server.UntilSettledAsync(id);
        await first.Server.StopAsync();
        await using StagentServerHandle next = await first.NextAsync();

        Assert.Equal("pending", (await next.Server.HistoryAsync(id))[2].Status);
        Assert.False(await next.Server.RespondAsync(id, Answer(request, "allow")));

        IReadOnlyList<Row> rows = await next.Server.UntilAsync(id, static rows => rows.All(static row => row.Status == "complete"));
        Assert.Equal("Read /etc/hosts", rows[1].Content);
        Assert.True(await next.Server.RespondAsync(id, Answer(request, "deny")));
    }

    [Fact]
    public async Task Request_Expires_AtTheNextStart()
    {
        await using StagentServerHandle first = await StagentServerHandle.NewAsync();
        string id = await first.Server.NewAsync("question");
        await using TurnReader turn = await TurnReader.SendAsync(first.Server, id, new { content = "ask" });
        JsonElement request = await turn.UntilAsync("question");
        await first.Server.StopAsync();
        await using StagentServerHandle next = await first.NextAsync();

        next.Server.Clock.Advance(TimeSpan.FromSeconds(121));

        IReadOnlyList<Row> rows = await next.Server.UntilAsync(id, static rows => rows is [_, { Status: "complete" }, { Status: "error" }]);
        Assert.Equal("No answer.", rows[1].Content);
        Assert.True(await next.Server.RespondAsync(id, Answer(request, "allow")));
    }

    [Fact]
    public async Task Answer_ThatTheAgentWasNeverTold_IsHandedOn_AtTheNextStart()
    {
        await using StagentServerHandle first = await StagentServerHandle.NewAsync();
        string id = await first.Server.NewAsync("permission");
        await using TurnReader turn = await TurnReader.SendAsync(first.Server, id, new { content = "read" });
        string requestId = (await turn.UntilAsync("permission_request")).GetProperty("requestId").GetString()!;
        await first.Server.UntilSettledAsync(id);
        await first.Server.StopAsync();

        // As a process leaves it that dies between the two writes of an answer.
        var requests = first.Server.Services.GetRequiredService<RequestStore>();
        var session = new SessionKey(Calls.EnvironmentDefault, id);
        PendingRequest kept = (await requests.FindAsync(session, requestId, CancellationToken.None))!;
        var changed = new RequestAnswer(IsAllowed: true) { UpdatedInput = JsonElement.Parse("""{"file_path":"/tmp/x"}""") };
        Assert.NotNull(await requests.TrySettleAsync(session, kept, RequestState.Allowed, changed, CancellationToken.None));
        await using StagentServerHandle next = await first.NextAsync();

        IReadOnlyList<Row> rows = await next.Server.UntilAsync(id, static rows => rows.All(static row => row.Status == "complete"));
        Assert.Equal("Read /tmp/x", rows[1].Content);
    }

    [Fact]
    public async Task Rules_HoldAtTheNextStart_AndForNativeTurns()
    {
        await using StagentServerHandle first = await StagentServerHandle.NewAsync();
        string id = await first.Server.NewAsync("permission");
        await using TurnReader turn = await TurnReader.SendAsync(first.Server, id, new { content = "read" });
        JsonElement request = await turn.UntilAsync("permission_request");
        await first.Server.RespondAsync(id, new { requestId = request.GetProperty("requestId").GetString(), behavior = "allow", alwaysAllow = true });
        await turn.ReadAllAsync();
        await first.Server.StopAsync();
        await using StagentServerHandle next = await first.NextAsync();

        List<JsonElement> events = await next.Server.ChatAsync(await next.Server.NewAsync("permission"), new { content = "read" });

        Assert.DoesNotContain(events, static item => StagentCalls.TypeOf(item) == "permission_request");
        Assert.Equal("Read /etc/hosts", StagentCalls.TextOf(events));
        Assert.Equal("""{"permissions":["Read"]}""", (await next.Server.SendAsync("GET", "/api/permissions", token: null)).Text);
    }

    [Fact]
    public async Task AnyNode_ShowsAndTakesAnswers()
    {
        await using StagentServerHandle one = await StagentServerHandle.NewAsync();
        await using StagentServerHandle other = await one.NextAsync();
        string id = await one.Server.NewAsync("permission");
        await using TurnReader turn = await TurnReader.SendAsync(one.Server, id, new { content = "read" });
        JsonElement request = await turn.UntilAsync("permission_request");

        Assert.Equal("pending", (await other.Server.HistoryAsync(id))[2].Status);
        Answer busy = await other.Server.SendAsync("POST", $"{StagentCalls.Conversations}/{id}/messages", new { content = "again" }, token: null);
        Assert.Equal(System.Net.HttpStatusCode.Conflict, busy.Status);
    }

    private static object Answer(JsonElement request, string behavior) => new { requestId = request.GetProperty("requestId").GetString(), behavior };
}
