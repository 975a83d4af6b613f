using System.Text.Json;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Stagent;

/// <summary>One conversation through two windows: Stagent's and the native protocol's.</summary>
public sealed class WindowTests(StagentServer server) : IClassFixture<StagentServer>
{
    [Fact]
    public async Task NativeSession_WhoseIdIsNoUuid_IsOpenedAndAnsweredInStagent_AndSeenNatively()
    {
        string id = Calls.NewId("native");
        await server.CreateAsync(id, extra: ",\"metadata\":{\"userId\":\"local\",\"title\":\"Native\"}");
        await server.SendAsync("POST", Calls.ChannelPath(id, "in/append"), StagentCalls.Native(id, StagentCalls.User("m1", "natively")));
        await server.UntilAsync(id, static rows => rows is [.., { Role: "assistant", Status: "complete" }]);

        List<JsonElement> events = await server.ChatAsync(id, new { content = "in Stagent" });

        Assert.Equal("You said: in Stagent", StagentCalls.TextOf(events));
        Answer conversation = await server.SendAsync("GET", $"{StagentCalls.Conversations}/{id}", token: null);
        Assert.Equal(("Native", "4"), (conversation.Field("title"), conversation.Field("messageCount")));
        Assert.Equal(
            ["user:natively:complete", "assistant:You said: natively:complete", "user:in Stagent:complete", "assistant:You said: in Stagent:complete"],
            (await server.HistoryAsync(id)).Select(static row => row.ToString()));
        Assert.Equal(["natively", "You said: natively", "in Stagent", "You said: in Stagent"], await TranscriptAsync(id));
    }

    [Fact]
    public async Task Conversation_IsASession_WithTitleAndOwnerAsItsLabels()
    {
        string id = await server.NewAsync("echo");
        await server.ChatAsync(id, new { content = "hello" });

        JsonElement session = (await server.SendAsync("GET", Calls.SessionPath(id))).Json;

        Assert.Equal(id, session.GetProperty("externalId").GetString());
        Assert.Equal(("hello", "local"), (session.GetProperty("metadata").GetProperty("title").GetString(), session.GetProperty("metadata").GetProperty("userId").GetString()));
    }

    [Fact]
    public async Task Title_IsChanged_WithoutTakingBackLabelsWrittenMeanwhile()
    {
        string id = await server.NewAsync("echo");
        for (int i = 0; i < 100; i++)
        {
            Task<Answer> labels = server.SendAsync("PATCH", Calls.SessionPath(id), new { metadata = new { userId = "local", round = i } }, GatewayServer.Key);
            Task<Answer[]> titles = Task.WhenAll(
                Enumerable.Range(0, 4).Select(_ => server.SendAsync("PATCH", $"{StagentCalls.Conversations}/{id}", new { title = "another" }, token: null)));
            await labels;
            await titles;

            JsonElement metadata = (await server.SendAsync("GET", Calls.SessionPath(id))).Json.GetProperty("metadata");
            Assert.Equal(i, metadata.GetProperty("round").GetInt32());
        }
    }

    [Fact]
    public async Task NativeAppend_DuringATurn_WaitsForItsOwn()
    {
        string id = await server.NewAsync("gate");
        await using TurnReader turn = await TurnReader.SendAsync(server, id, new { content = "busy" });
        await turn.UntilAsync("delta");
        await server.SendAsync("POST", Calls.ChannelPath(id, "in/append"), StagentCalls.Native(id, StagentCalls.User("m2", "queued")));

        Assert.Equal(
            ["user:busy:complete", "assistant:in :streaming", "user:queued:complete"], (await server.HistoryAsync(id)).Select(static row => row.ToString()));
        server.Open("busy");
        server.Open("queued");
        List<JsonElement> events = await turn.ReadAllAsync();

        Assert.Equal("out", StagentCalls.TextOf(events));
        Assert.Equal("done", StagentCalls.TypeOf(events[^1]));
        IReadOnlyList<Row> rows = await server.UntilAsync(id, static rows => rows is [.., { Role: "assistant", Status: "complete", Content: "in out" }] && rows.Count == 4);
        Assert.Equal(["busy", "in out", "queued", "in out"], rows.Select(static row => row.Content));
    }

    [Fact]
    public async Task NativeMessage_TakenIntoATurn_LeavesItsAnswerAndRequestsToTheTurn()
    {
        string id = await server.NewAsync("steered");
        await using TurnReader turn = await TurnReader.SendAsync(server, id, new { content = "steer me" });
        await turn.UntilAsync("delta");
        await server.SendAsync("POST", Calls.ChannelPath(id, "in/append"), StagentCalls.Native(id, StagentCalls.User("m2", "joined")));
        server.Open("steer me");
        JsonElement request = await turn.UntilAsync("permission_request");
        await server.UntilSettledAsync(id);

        Assert.False(await server.RespondAsync(id, new { requestId = request.GetProperty("requestId").GetString(), behavior = "allow" }));
        List<JsonElement> events = await turn.ReadAllAsync();

        Assert.EndsWith("Read /etc/hosts", StagentCalls.TextOf(events));
        IReadOnlyList<Row> rows = await server.HistoryAsync(id);
        Assert.Equal(["steer me", "in outRead /etc/hosts", "The agent asks to use Read.", "joined"], rows.Select(static row => row.Content));
        Assert.All(rows, static row => Assert.Equal("complete", row.Status));
        Assert.Equal(rows[1].Id, events[^1].GetProperty("messageId").GetString());
    }

    [Fact]
    public async Task Request_AnsweredNatively_GoesOnInStagent()
    {
        string id = await server.NewAsync("permission");
        await using TurnReader turn = await TurnReader.SendAsync(server, id, new { content = "read" });
        JsonElement request = await turn.UntilAsync("permission_request");
        await server.UntilSettledAsync(id);
        JsonElement call = (await server.SendAsync("GET", Calls.SessionPath(id, "/transcript"))).Json.GetProperty("messages")[1];
        JsonElement tool = call.GetProperty("parts").EnumerateArray().Single(static part => part.TryGetProperty("toolCallId", out _));
        var answer = new
        {
            id = call.GetProperty("id").GetString(),
            role = "assistant",
            parts = new[]
            {
                new
                {
                    type = "tool-Read",
                    toolCallId = tool.GetProperty("toolCallId").GetString(),
                    state = "approval-responded",
                    input = new { file_path = "/etc/hosts" },
                    approval = new { id = tool.GetProperty("approval").GetProperty("id").GetString(), approved = true },
                },
            },
        };

        await server.SendAsync("POST", Calls.ChannelPath(id, "in/append"), StagentCalls.Native(id, answer));
        List<JsonElement> events = await turn.ReadAllAsync();

        Assert.Equal("Read /etc/hosts", StagentCalls.TextOf(events));
        Assert.Equal("done", StagentCalls.TypeOf(events[^1]));
        Assert.Equal(["user", "assistant", "system"], (await server.HistoryAsync(id)).Where(static row => row.Status == "complete").Select(static row => row.Role));
        Assert.True(await server.RespondAsync(id, new { requestId = request.GetProperty("requestId").GetString(), behavior = "deny" }));
    }

    [Fact]
    public async Task Request_AskedNatively_IsAnsweredInStagent()
    {
        string id = Calls.NewId("native");
        string body = Calls.CreateBody(id, ",\"metadata\":{\"userId\":\"local\"}").Replace("\"echo\"", "\"permission\"", StringComparison.Ordinal);
        await server.SendAsync("POST", "/api/v1/sessions", body);
        await server.SendAsync("POST", Calls.ChannelPath(id, "in/append"), StagentCalls.Native(id, StagentCalls.User("m1", "read")));
        IReadOnlyList<Row> asked = await server.UntilAsync(id, static rows => rows is [_, _, { Role: "system", Status: "pending" }]);
        await server.UntilSettledAsync(id);

        bool isStale = await server.RespondAsync(id, new { requestId = asked[2].Metadata!.Value.GetProperty("requestId").GetString(), behavior = "allow", updatedInput = new { file_path = "/tmp/x" } });

        Assert.False(isStale);
        IReadOnlyList<Row> rows = await server.UntilAsync(id, static rows => rows is [_, { Content.Length: > 0, Status: "complete" }, { Status: "complete" }]);
        Assert.Equal("Read /tmp/x", rows[1].Content);
        Assert.Equal(["read", "Read /tmp/x"], await TranscriptAsync(id));
    }

    [Fact]
    public async Task Turn_WhoseRunIsCancelledNatively_KeepsItsText_AndTheNextMessageIsTaken()
    {
        string id = await server.NewAsync("gate");
        await using TurnReader turn = await TurnReader.SendAsync(server, id, new { content = "cancel me" });
        await turn.UntilAsync("delta");

        await CancelAsync(id);

        Assert.Equal("error", StagentCalls.TypeOf((await turn.ReadAllAsync())[^1]));
        Assert.Equal(["user:cancel me:complete", "assistant:in :error"], (await server.HistoryAsync(id)).Select(static row => row.ToString()));

        // The next run answers what was cancelled first, as it does natively.
        server.Open("cancel me");
        server.Open("go on");
        Assert.Equal("in out", StagentCalls.TextOf(await server.ChatAsync(id, new { content = "go on" })));
        Assert.Equal(
            ["user:cancel me:complete", "assistant:The turn was cancelled.:error", "assistant:in out:complete", "user:go on:complete", "assistant:in out:complete"],
            (await server.HistoryAsync(id)).Select(static row => row.ToString()));
    }

    [Fact]
    public async Task NativeTurn_WhoseRunIsCancelled_IsNotShownAsStreaming_AndTheNextMessageIsTaken()
    {
        string id = await server.NewAsync("gate");
        await server.SendAsync("POST", Calls.ChannelPath(id, "in/append"), StagentCalls.Native(id, StagentCalls.User("m1", "natively cancelled")));
        await server.UntilAsync(id, static rows => rows is [_, { Content: "in ", Status: "streaming" }]);

        await CancelAsync(id);

        await server.UntilAsync(id, static rows => rows is [_, { Content: "in ", Status: "complete" }]);
        server.Open("behind it");
        Assert.Equal("in out", StagentCalls.TextOf(await server.ChatAsync(id, new { content = "behind it" })));
    }

    [Fact]
    public async Task Turn_WhoseSessionIsClosedWhileItAsks_IsShownOnce()
    {
        string id = await server.NewAsync("permission");
        await using TurnReader turn = await TurnReader.SendAsync(server, id, new { content = "read" });
        await turn.UntilAsync("permission_request");
        await server.UntilSettledAsync(id);

        await server.SendAsync("POST", Calls.SessionPath(id, "/close"));
        List<JsonElement> events = await turn.ReadAllAsync();

        Assert.Equal("error", StagentCalls.TypeOf(events[^1]));
        Assert.Equal(
            ["user:read:complete", "assistant:The conversation was closed.:error", "system:The agent asks to use Read.:error"],
            (await server.HistoryAsync(id)).Select(static row => row.ToString()));
    }

    private async Task CancelAsync(string id)
    {
        string run = (await server.SendAsync("GET", Calls.SessionPath(id))).Field("currentRunId")!;
        await server.SendAsync("POST", $"/api/v2/runs/{run}/cancel", "{}");
    }

    private async Task<IEnumerable<string>> TranscriptAsync(string id) =>
        (await server.SendAsync("GET", Calls.SessionPath(id, "/transcript"))).Json.GetProperty("messages").EnumerateArray().Select(static message => string.Concat(
            message.GetProperty("parts").EnumerateArray().Where(static part => part.GetProperty("type").GetString() == "text").Select(static part => part.GetProperty("text").GetString())));
}
