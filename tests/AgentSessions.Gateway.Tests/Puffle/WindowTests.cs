using System.Net;
using System.Text.Json;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.TestServer;

namespace AgentSessions.Gateway.Tests.Puffle;

/// <summary>One conversation through several windows: Puffle's, Stagent's and the native protocol's.</summary>
public sealed class WindowTests(PuffleServer server) : IClassFixture<PuffleServer>
{
    private const string Owned = ",\"metadata\":{\"userId\":\"alice\",\"title\":\"Native\"}";

    [Fact]
    public async Task NativeSession_IsOpenedAndAnsweredInPuffle_AndSeenNatively()
    {
        string id = Guid.NewGuid().ToString();
        await server.CreateAsync(id, extra: Owned);
        await server.AppendAsync(id, PuffleCalls.Says("m1", "natively"));

        Answer answer = await server.PostAsync("/sync", new { message = "in Puffle", conversationId = id });

        Assert.Equal(["user:natively", "assistant:You said: natively", "user:in Puffle", "assistant:You said: in Puffle"], answer.Log());
        Assert.Equal(["natively", "You said: natively", "in Puffle", "You said: in Puffle"], await server.TranscriptAsync(id));
    }

    [Fact]
    public async Task NativeSession_ThatIsNobodysOrSomebodyElses_OrHasNoUuid_IsNotOpened()
    {
        (string nobodys, string bobs, string upper, string named) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString(), Guid.NewGuid().ToString().ToUpperInvariant(), Calls.NewId());
        await server.CreateAsync(nobodys);
        await server.CreateAsync(bobs, extra: ",\"metadata\":{\"userId\":\"bob\"}");
        await server.CreateAsync(upper, extra: Owned);
        await server.CreateAsync(named, extra: Owned);

        Assert.Equal(HttpStatusCode.NotFound, (await server.PostAsync("", new { message = "x", conversationId = nobodys })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.PostAsync("", new { message = "x", conversationId = bobs })).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.PostAsync("", new { message = "x", conversationId = named })).Status);
        Assert.Equal(upper, (await server.PostAsync("/sync", new { message = "x", conversationId = upper.ToLowerInvariant() })).Field("conversationId"));
        Assert.Empty(await server.TranscriptAsync(bobs));
    }

    [Fact]
    public async Task Run_OfPuffle_IsFollowedAndAnsweredNatively()
    {
        (string run, string conversation) = await server.StartAsync(new { message = "follow me" }, "gate");
        await using EventReader reader = await EventReader.OpenAsync(server, Calls.ChannelPath(conversation, "out"));
        await ReadUntilAsync(reader, "in ");
        await server.AppendAsync(conversation, PuffleCalls.Says("n1", "natively"));
        server.Open("follow me");
        await ReadUntilAsync(reader, "out");
        server.Open("natively");
        await server.UntilAsync(run, "completed");

        (List<JsonElement> chunks, _) = await ChunkReader.RunAsync(server, PuffleCalls.Ask("back in Puffle", conversation));

        Assert.Equal("finish", PuffleCalls.TypeOf(chunks[^1]));
        Assert.Equal(["follow me", "in out", "natively", "in out", "back in Puffle", "You said: back in Puffle"], await server.TranscriptAsync(conversation));
    }

    [Fact]
    public async Task NativeAppend_DuringARun_WaitsItsTurn()
    {
        (string run, string conversation) = await server.StartAsync(new { message = "busy" }, "gate");
        await server.UntilAsync(run, "running");
        await server.AppendAsync(conversation, PuffleCalls.Says("m2", "queued"));
        (string last, _) = await server.StartAsync(new { message = "last", conversationId = conversation });
        server.Open("busy");
        server.Open("queued");

        Answer done = await server.UntilAsync(last, "completed");

        Assert.Equal(["user:busy", "assistant:in out", "user:queued", "assistant:in out", "user:last", "assistant:You said: last"], done.Log());
    }

    [Fact]
    public async Task Runs_BehindOneThatIsCancelledNatively_TakeTheirTurns()
    {
        (string cut, string conversation) = await server.StartAsync(new { message = "cut off" }, "gate");
        await using EventReader reader = await EventReader.OpenAsync(server, Calls.ChannelPath(conversation, "out"));
        await ReadUntilAsync(reader, "in ");
        (string second, _) = await server.StartAsync(new { message = "second", conversationId = conversation });
        (string third, _) = await server.StartAsync(new { message = "third", conversationId = conversation });

        string run = (await server.SendAsync("GET", Calls.SessionPath(conversation))).Field("currentRunId")!;
        await server.SendAsync("POST", $"/api/v2/runs/{run}/cancel", "{}");

        await server.UntilAsync(cut, "cancelled");
        await server.UntilAsync(second, "completed");
        Answer done = await server.UntilAsync(third, "completed");
        Assert.Equal(
            ["user:cut off", "assistant:in ", "user:second", "assistant:You said: second", "user:third", "assistant:You said: third"], done.Log());
        Assert.Equal("cancelled", (await server.PollAsync(cut)).Field("status"));
    }

    [Fact]
    public async Task ToolCall_OfPuffle_IsApprovedNatively_AndThenNoLongerInPuffle()
    {
        (List<JsonElement> chunks, string conversation) = await ChunkReader.RunAsync(server, PuffleCalls.Ask("please"), "permission");
        string call = chunks[3].GetProperty("toolCallId").GetString()!;

        await server.AppendAsync(conversation, new
        {
            id = chunks[0].GetProperty("messageId").GetString(),
            role = "assistant",
            parts = new[] { new { type = "tool-Read", toolCallId = call, state = "approval-responded", approval = new { id = $"approval_{call}", approved = true } } },
        });
        await Eventually.TrueAsync(async () => (await server.TranscriptAsync(conversation)).Contains("Read /etc/hosts"), "the answer, stored");

        Answer late = await server.PostAsync("/stream", PuffleCalls.Ask("please", conversation, new { toolCallId = call, approved = false }));
        Assert.Equal(HttpStatusCode.NotFound, late.Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ToolCall_AskedNatively_IsAnsweredInPuffle_OnceAndByItsOwner(bool approved)
    {
        (string id, string call) = await AskNativelyAsync();
        object answer = PuffleCalls.Ask("please", id, new { toolCallId = call, approved });

        Answer somewhere = await server.PostAsync("/stream", PuffleCalls.Ask("please", null, new { toolCallId = call, approved }));
        Answer bobs = await server.PostAsync("/stream", answer, "permission", PuffleServer.Bob);
        Answer unknown = await server.PostAsync("/stream", PuffleCalls.Ask("please", id, new { toolCallId = "another", approved }));
        Answer[] race = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => server.PostAsync("/stream", answer)));
        Answer late = await server.PostAsync("/stream", answer);

        Assert.All([somewhere, bobs, unknown, late], refused => Assert.Equal(HttpStatusCode.NotFound, refused.Status));
        Assert.Equal(3, race.Count(static one => one.Status == HttpStatusCode.NotFound));
        Assert.Contains(approved ? "tool-output-available" : "tool-output-error", Assert.Single(race, static one => one.Status == HttpStatusCode.OK).Text, StringComparison.Ordinal);
        Assert.Equal(["please", approved ? "Read /etc/hosts" : "Denied: "], await server.TranscriptAsync(id));
    }

    [Fact]
    public async Task ToolCall_AskedNatively_WithdrawnByANewMessage_IsNotAnsweredInPuffle()
    {
        (string id, string call) = await AskNativelyAsync();

        await server.PostAsync("/sync", new { message = "never mind", conversationId = id });

        Assert.Equal(HttpStatusCode.NotFound, (await server.PostAsync("/stream", PuffleCalls.Ask("please", id, new { toolCallId = call, approved = true }))).Status);
    }

    [Fact]
    public async Task Conversation_IsOneAndTheSame_InAllThreeWindows()
    {
        await using PuffleServer own = await PuffleServer.NewAsync(("AgentSessions:Stagent:Auth", "Bearer"));
        (string run, string conversation) = await own.StartAsync(new { message = "from Puffle" });
        await own.UntilAsync(run, "completed");
        string stagent = $"/api/chat/conversations/{conversation}";

        Answer opened = await own.SendAsync("GET", stagent, null, PuffleServer.Alice);
        await own.SendAsync("POST", $"{stagent}/messages", new { content = "from Stagent" }, PuffleServer.Alice);
        await own.AppendAsync(conversation, PuffleCalls.Says("n1", "natively"));
        Answer last = await own.PostAsync("/sync", new { message = "again", conversationId = conversation });
        Answer history = await own.SendAsync("GET", $"{stagent}/messages", null, PuffleServer.Alice);

        Assert.Equal("from Puffle", opened.Field("title"));
        string[] texts = ["from Puffle", "You said: from Puffle", "from Stagent", "You said: from Stagent", "natively", "You said: natively", "again", "You said: again"];
        Assert.Equal(texts, last.Json.GetProperty("messages").EnumerateArray().Select(static entry => entry.GetProperty("content").GetString()));
        Assert.Equal(texts, await own.TranscriptAsync(conversation));
        Assert.Equal(texts, history.Json.EnumerateArray().Select(static row => row.GetProperty("content").GetString()));
        Assert.Equal(HttpStatusCode.NotFound, (await own.SendAsync("GET", stagent, null, PuffleServer.Bob)).Status);
    }

    [Fact]
    public async Task Label_IsTheTitle_OfTheFirstHundredCharacters()
    {
        string text = "line\n" + new string('x', 94) + "🚀" + new string('y', 50);
        (_, string conversation) = await server.StartAsync(new { message = text });

        JsonElement metadata = (await server.SendAsync("GET", Calls.SessionPath(conversation))).Json.GetProperty("metadata");

        Assert.Equal("line " + new string('x', 94), metadata.GetProperty("title").GetString());
        Assert.Equal("alice", metadata.GetProperty("userId").GetString());
    }

    /// <summary>A native session whose agent asks whether its tool may run.</summary>
    private async Task<(string Id, string ToolCallId)> AskNativelyAsync()
    {
        string id = Guid.NewGuid().ToString();
        string body = Calls.CreateBody(id, Owned).Replace("\"echo\"", "\"permission\"", StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Created, (await server.SendAsync("POST", "/api/v1/sessions", body)).Status);
        await server.AppendAsync(id, PuffleCalls.Says("m1", "please"));
        string? call = null;
        await Eventually.TrueAsync(
            async () =>
            {
                Answer transcript = await server.SendAsync("GET", Calls.SessionPath(id, "/transcript"));
                JsonElement part = transcript.Json.GetProperty("messages").EnumerateArray().SelectMany(static message => message.GetProperty("parts").EnumerateArray())
                    .FirstOrDefault(static part => part.TryGetProperty("state", out JsonElement state) && state.ValueEquals("approval-requested"));
                call = part.ValueKind == JsonValueKind.Object ? part.GetProperty("toolCallId").GetString() : null;
                return call is not null;
            },
            "the question, stored");
        return (id, call!);
    }

    private static async Task ReadUntilAsync(EventReader reader, string text)
    {
        while ((await reader.NextSaidAsync())?.Data.Contains(text, StringComparison.Ordinal) is not true)
        {
        }
    }
}
