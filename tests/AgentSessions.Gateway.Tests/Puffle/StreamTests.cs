using System.Net;
using System.Text.Json;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Holding;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Puffle.Turns;
using AgentSessions.Gateway.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway.Tests.Puffle;

/// <summary>Streams: their form, their end, and the approval of tool calls.</summary>
public sealed class StreamTests(PuffleServer server) : IClassFixture<PuffleServer>
{
    [Fact]
    public async Task Stream_OfAPlainTurn_HasTheHeadersAndChunksOfTheAiSdk()
    {
        await using ChunkReader reader = await ChunkReader.OpenAsync(server, PuffleCalls.Ask("hi"));
        List<JsonElement> chunks = await reader.ReadAllAsync();

        Assert.Equal(["start", "start-step", "text-start", "text-delta", "text-end", "finish-step", "finish"], chunks.Select(PuffleCalls.TypeOf));
        Assert.Equal("""{"type":"finish","messageMetadata":{"usage":{"inputTokens":0,"outputTokens":0,"totalTokens":0}}}""", chunks[^1].GetRawText());
        Assert.Equal(["type", "messageId"], chunks[0].EnumerateObject().Select(static field => field.Name));
        Assert.Equal("You said: hi", chunks[3].GetProperty("delta").GetString());
        Assert.Equal(("v1", "no"), (reader.Header("x-vercel-ai-ui-message-stream"), reader.Header("X-Accel-Buffering")));
        Assert.True(Guid.TryParse(reader.Conversation, out _));
    }

    [Fact]
    public async Task Messages_AreTheAgentsContext_AndOnlyTheNewTurnIsStored()
    {
        (_, string conversation) = await ChunkReader.RunAsync(server, PuffleCalls.Ask("one"));
        var request = new
        {
            messages = new object[]
            {
                new { id = "a", role = "user", parts = new[] { new { type = "text", text = "edited" } } },
                new { id = "b", role = "assistant", parts = new[] { new { type = "text", text = "as well" } } },
                new { id = "c", role = "user", parts = new object[] { new { type = "text", text = "t" }, new { type = "file", url = "data:x", mediaType = "image/png" }, new { type = "text", text = "wo" } } },
            },
            conversationId = conversation,
        };

        await ChunkReader.RunAsync(server, request, "context");
        Answer next = await server.PostAsync("/sync", new { message = "three", conversationId = conversation });

        Assert.Equal(["user:edited", "assistant:as well", "user:two"], server.Seen);
        Assert.Equal(
            ["user:one", "assistant:You said: one", "user:two", "assistant:edited|as well|two", "user:three", "assistant:You said: three"], next.Log());
    }

    [Fact]
    public async Task OwnLoop_IsStreamed_AndSeesTheRequestsMessages_WhichAreNotStored()
    {
        var request = new
        {
            messages = new object[]
            {
                new { id = "a", role = "user", parts = new[] { new { type = "text", text = "before" } } },
                new { id = "c", role = "user", parts = new[] { new { type = "text", text = "now" } } },
            },
        };

        (List<JsonElement> chunks, string conversation) = await ChunkReader.RunAsync(server, request, "loop");

        Assert.Equal("user:before|user:now", chunks.Single(static chunk => PuffleCalls.TypeOf(chunk) == "text-delta").GetProperty("delta").GetString());
        Assert.Equal(["now", "user:before|user:now"], await server.TranscriptAsync(conversation));
    }

    [Fact]
    public async Task Stream_OfAChatThatAPersonHolds_HasWhatThatPersonSays()
    {
        (_, string conversation) = await ChunkReader.RunAsync(server, PuffleCalls.Ask("one"));
        var session = new SessionKey(Calls.EnvironmentDefault, conversation);
        await server.Engine.HoldAsync(session, new HoldSession(HoldAction.TakeOver) { By = "ada" }, default);
        await using ChunkReader reader = await ChunkReader.OpenAsync(server, PuffleCalls.Ask("two", conversation));

        await server.Engine.HoldAsync(session, new HoldSession(HoldAction.Say) { MessageId = "op1", Text = "a person" }, default);
        List<JsonElement> chunks = await reader.ReadAllAsync();

        Assert.Equal(["start", "start-step", "text-start", "text-delta", "text-end", "finish-step", "finish"], chunks.Select(PuffleCalls.TypeOf));
        Assert.Equal("a person", chunks[3].GetProperty("delta").GetString());
    }

    [Fact]
    public async Task Chunks_ComeWhileTheAgentIsStillAtWork()
    {
        await using ChunkReader reader = await ChunkReader.OpenAsync(server, PuffleCalls.Ask("live"), "gate");
        JsonElement chunk = (await reader.NextAsync())!.Value;
        while (PuffleCalls.TypeOf(chunk) != "text-delta")
        {
            chunk = (await reader.NextAsync())!.Value;
        }

        Assert.Equal("in ", chunk.GetProperty("delta").GetString());
        server.Open("live");
        Assert.Equal("finish", PuffleCalls.TypeOf((await reader.ReadAllAsync())[^1]));
    }

    [Fact]
    public async Task Failure_IsAnErrorChunk_ThenTheEndOfTheStep()
    {
        (List<JsonElement> chunks, _) = await ChunkReader.RunAsync(server, PuffleCalls.Ask("x"), "fail");

        Assert.Equal(["start", "start-step", "text-start", "text-delta", "text-end", "error", "finish-step"], chunks.Select(PuffleCalls.TypeOf));
        Assert.Equal("boom", chunks[^2].GetProperty("errorText").GetString());
    }

    [Fact]
    public async Task Disconnect_StopsTheTurn_AndKeepsWhatWasSaid()
    {
        string conversation;
        await using (ChunkReader reader = await ChunkReader.OpenAsync(server, PuffleCalls.Ask("left alone"), "gate"))
        {
            conversation = reader.Conversation;
            while (PuffleCalls.TypeOf((await reader.NextAsync())!.Value) != "text-delta")
            {
            }
        }

        Answer after = await server.PostAsync("/sync", new { message = "after", conversationId = conversation });

        Assert.Equal(["user:left alone", "assistant:in ", "user:after", "assistant:You said: after"], after.Log());
    }

    [Fact]
    public async Task Disconnect_OfAStreamThatWaits_StopsNobodyElse()
    {
        (string run, string conversation) = await server.StartAsync(new { message = "goes on" }, "gate");
        await server.UntilAsync(run, "running");
        await using (await ChunkReader.OpenAsync(server, PuffleCalls.Ask("waited", conversation), "gate"))
        {
        }

        (string last, _) = await server.StartAsync(new { message = "last", conversationId = conversation });
        server.Open("goes on");
        Answer done = await server.UntilAsync(last, "completed");

        Assert.Equal(["user:goes on", "assistant:in out", "user:waited"], done.Log()[..3]);
        Assert.Equal(["user:last", "assistant:You said: last"], done.Log()[^2..]);
    }

    [Fact]
    public async Task Time_ThatIsUp_AbortsTheStream()
    {
        await using PuffleServer own = await PuffleServer.NewAsync(("AgentSessions:Puffle:StreamTimeout", "00:00:00.5"));

        (List<JsonElement> chunks, string conversation) = await ChunkReader.RunAsync(own, PuffleCalls.Ask("never"), "gate");

        Assert.Equal("abort", PuffleCalls.TypeOf(chunks[^1]));
        Assert.NotEmpty(chunks[^1].GetProperty("reason").GetString()!);
        Assert.Equal("user:never", (await own.PostAsync("/sync", new { message = "x", conversationId = conversation })).Log()[0]);
        Assert.Equal(Count(chunks, "start-step"), Count(chunks, "finish-step"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Approval_IsAnnounced_AndTheAnswerGoesOnWithTheSameMessage(bool approved)
    {
        (List<JsonElement> first, string conversation) = await ChunkReader.RunAsync(server, PuffleCalls.Ask("please"), "permission");
        Assert.Equal(["start", "start-step", "tool-input-start", "tool-input-available", "data-tool-approval", "finish-step", "finish"], first.Select(PuffleCalls.TypeOf));
        string call = first[3].GetProperty("toolCallId").GetString()!;
        string message = first[0].GetProperty("messageId").GetString()!;
        Assert.Equal($$"""{"type":"data-tool-approval","data":{"toolCallId":"{{call}}","toolName":"Read"},"id":"approval_{{call}}"}""", first[4].GetRawText());
        object answer = Reply(call, approved, message);

        Assert.Equal(HttpStatusCode.NotFound, (await server.PostAsync("/stream", answer, "permission", PuffleServer.Bob)).Status);
        (List<JsonElement> second, string same) = await ChunkReader.RunAsync(server, answer);

        Assert.Equal(conversation, same);
        Assert.Equal(["start", "start-step", approved ? "tool-output-available" : "tool-output-error", "finish-step", "start-step"], second.Take(5).Select(PuffleCalls.TypeOf));
        Assert.Equal(message, second[0].GetProperty("messageId").GetString());
        string text = string.Concat(second.Where(static chunk => PuffleCalls.TypeOf(chunk) == "text-delta").Select(static chunk => chunk.GetProperty("delta").GetString()));
        Assert.Equal(approved ? "Read /etc/hosts" : "Denied: ", text);
        Assert.Equal(HttpStatusCode.NotFound, (await server.PostAsync("/stream", answer, "permission")).Status);
        Answer log = await server.PostAsync("/sync", new { message = "x", conversationId = conversation });
        Assert.Equal(["user:please", approved ? "tool:read" : "tool:The call was denied.", $"assistant:{text}"], log.Log()[..3]);
    }

    [Fact]
    public async Task Approval_IsWithdrawnByANewMessage()
    {
        (List<JsonElement> first, string conversation) = await ChunkReader.RunAsync(server, PuffleCalls.Ask("please"), "permission");

        Answer next = await server.PostAsync("/sync", new { message = "never mind", conversationId = conversation });

        Assert.Equal("You said: never mind", next.Field("text"));
        Assert.StartsWith("tool:The call was denied", next.Log()[1], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await server.PostAsync("/stream", Reply(first[3].GetProperty("toolCallId").GetString()!, true, "m"))).Status);
    }

    [Fact]
    public async Task Approval_ExpiresAfterAQuarterOfAnHour_AndA429LeavesItOpen()
    {
        await using PuffleServer own = await PuffleServer.NewAsync(("AgentSessions:Puffle:RunsPerWindow", "1"));
        (List<JsonElement> first, _) = await ChunkReader.RunAsync(own, PuffleCalls.Ask("please"), "permission");
        object answer = Reply(first[3].GetProperty("toolCallId").GetString()!, true, "m");

        Assert.Equal(HttpStatusCode.TooManyRequests, (await own.PostAsync("/stream", answer)).Status);
        own.Clock.Advance(TimeSpan.FromMinutes(2));
        (List<JsonElement> second, _) = await ChunkReader.RunAsync(own, answer);
        Assert.Contains(second, static chunk => PuffleCalls.TypeOf(chunk) == "tool-output-available");

        own.Clock.Advance(TimeSpan.FromMinutes(2));
        (first, string conversation) = await ChunkReader.RunAsync(own, PuffleCalls.Ask("again"), "permission");
        own.Clock.Advance(TimeSpan.FromMinutes(16));
        string call = first[3].GetProperty("toolCallId").GetString()!;
        Assert.Equal(HttpStatusCode.NotFound, (await own.PostAsync("/stream", Reply(call, true, "m"))).Status);

        // Not by the sweep either, nor by naming the conversation, where the question still stands.
        await own.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<RunSweep>().Single().SweepAsync(default);
        Assert.Equal(HttpStatusCode.NotFound, (await own.PostAsync("/stream", PuffleCalls.Ask("again", conversation, new { toolCallId = call, approved = true }))).Status);
    }

    [Fact]
    public async Task Stream_WithAPartThatIsNull_SkipsIt()
    {
        (List<JsonElement> chunks, _) = await ChunkReader.RunAsync(server, new
        {
            messages = new object[]
            {
                new { role = "user", parts = new object?[] { null } },
                new { role = "user", parts = new object?[] { null, new { type = "text", text = "hi" } } },
            },
        });

        Assert.Contains(chunks, static chunk => PuffleCalls.TypeOf(chunk) == "text-delta" && chunk.GetProperty("delta").GetString() == "You said: hi");
    }

    [Fact]
    public async Task Approval_ThatCouldNotBeStored_CanBeAnsweredAgain()
    {
        await using PuffleServer own = await PuffleServer.NewAsync();
        (List<JsonElement> first, _) = await ChunkReader.RunAsync(own, PuffleCalls.Ask("please"), "permission");
        object answer = Reply(first[3].GetProperty("toolCallId").GetString()!, true, "m");
        own.Store.CommitFailure = static commit => commit.Appends.Count > 0 ? new StoreUnavailableException("no room") : null;
        Assert.Equal(HttpStatusCode.InternalServerError, (await own.PostAsync("/stream", answer)).Status);
        own.Store.CommitFailure = null;

        (List<JsonElement> second, _) = await ChunkReader.RunAsync(own, answer);

        Assert.Contains(second, static chunk => PuffleCalls.TypeOf(chunk) == "tool-output-available");
    }

    [Fact]
    public async Task Approvals_OfOneAnswer_AreEachAnswered_ByOneOfManyWhoTry()
    {
        (List<JsonElement> first, string conversation) = await ChunkReader.RunAsync(server, PuffleCalls.Ask("two"), "twice");
        Assert.Equal(2, Count(first, "data-tool-approval"));
        string[] calls = [.. first.Where(static chunk => PuffleCalls.TypeOf(chunk) == "tool-input-available").Select(static chunk => chunk.GetProperty("toolCallId").GetString()!)];

        (List<JsonElement> second, _) = await ChunkReader.RunAsync(server, Reply(calls[1], false, "m"));
        Answer[] race = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => server.PostAsync("/stream", Reply(calls[0], true, "m"))));

        Assert.Equal(["start", "finish"], second.Select(PuffleCalls.TypeOf));
        Assert.Equal(3, race.Count(static answer => answer.Status == HttpStatusCode.NotFound));
        Assert.Contains("both decided", Assert.Single(race, static answer => answer.Status == HttpStatusCode.OK).Text, StringComparison.Ordinal);
        Answer log = await server.PostAsync("/sync", new { message = "x", conversationId = conversation });
        Assert.Equal(["user:two", "tool:read", "tool:The call was denied.", "assistant:both decided"], log.Log()[..4]);
    }

    [Fact]
    public async Task Approval_AnsweredByMany_CountsOneRun_AndLeavesNothingBehind()
    {
        await using PuffleServer own = await PuffleServer.NewAsync();
        (List<JsonElement> first, _) = await ChunkReader.RunAsync(own, PuffleCalls.Ask("please"), "permission");
        object answer = Reply(first[3].GetProperty("toolCallId").GetString()!, true, "m");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => own.PostAsync("/stream", answer)));

        Assert.Equal(2, await own.CountRunsAsync());
        Assert.Empty(await own.Store.ListAsync(Calls.EnvironmentDefault, "turn-prefaces", "", after: null, limit: 10, CancellationToken.None));
    }

    [Fact]
    public async Task Rule_ThatAllowsACall_AppliesToEveryWayToRun()
    {
        await using PuffleServer own = await PuffleServer.NewAsync(("AgentSessions:Stagent:Auth", "Bearer"));
        await own.SendAsync("POST", "/api/permissions", new { pattern = "Read(file_path:/etc/*)" }, PuffleServer.Alice);

        (List<JsonElement> chunks, _) = await ChunkReader.RunAsync(own, PuffleCalls.Ask("x"), "permission");
        (string run, _) = await own.StartAsync(new { message = "x" }, "permission");
        (List<JsonElement> bobs, _) = await ChunkReader.RunAsync(own, PuffleCalls.Ask("x"), "permission", PuffleServer.Bob);

        Assert.Equal((0, 1), (Count(chunks, "data-tool-approval"), Count(chunks, "tool-output-available")));
        Assert.Equal("Read /etc/hosts", (await own.UntilAsync(run, "completed")).Field("text"));
        Assert.Equal("Read /etc/hosts", (await own.PostAsync("/sync", new { message = "x" }, "permission")).Field("text"));
        Assert.Equal(1, Count(bobs, "data-tool-approval"));
    }

    [Fact]
    public async Task Stream_OfARunThatIsCancelledNatively_EndsWithoutBeingAskedAgain()
    {
        await using PuffleServer own = await PuffleServer.NewAsync(("AgentSessions:Streaming:PingInterval", "00:00:15"));
        await using ChunkReader reader = await ChunkReader.OpenAsync(own, PuffleCalls.Ask("cancelled"), "gate");
        await reader.NextAsync();
        string run = (await own.SendAsync("GET", Calls.SessionPath(reader.Conversation))).Field("currentRunId")!;

        await own.SendAsync("POST", $"/api/v2/runs/{run}/cancel", "{}");

        // Sooner than it looks around by itself.
        Assert.Equal("abort", PuffleCalls.TypeOf((await reader.ReadAllAsync().WaitAsync(TimeSpan.FromSeconds(12)))[^1]));
    }

    [Fact]
    public async Task Approval_InVersion6_UsesTheNativeChunks()
    {
        await using PuffleServer own = await PuffleServer.NewAsync(("AgentSessions:Puffle:UIMessageVersion", "6"));
        (List<JsonElement> first, _) = await ChunkReader.RunAsync(own, PuffleCalls.Ask("please"), "permission");
        string call = first[3].GetProperty("toolCallId").GetString()!;

        (List<JsonElement> second, _) = await ChunkReader.RunAsync(own, Reply(call, false, "m"));

        Assert.Equal($$"""{"type":"tool-approval-request","approvalId":"approval_{{call}}","toolCallId":"{{call}}"}""", first[4].GetRawText());
        Assert.Equal("tool-output-denied", PuffleCalls.TypeOf(second[2]));
    }

    [Fact]
    public async Task Question_IsDeclined()
    {
        (List<JsonElement> chunks, _) = await ChunkReader.RunAsync(server, PuffleCalls.Ask("x"), "question");

        Assert.Equal(
            ["start", "start-step", "tool-input-available", "finish-step", "start-step", "tool-output-error", "finish-step", "start-step", "text-start", "text-delta", "text-end", "finish-step", "finish"],
            chunks.Select(PuffleCalls.TypeOf));
    }

    private static int Count(List<JsonElement> chunks, string type) => chunks.Count(chunk => PuffleCalls.TypeOf(chunk) == type);

    /// <summary>An answer as clients send it, with arguments that are not the call's.</summary>
    private static object Reply(string call, bool approved, string message) => new
    {
        messages = new object[]
        {
            new { id = "u1", role = "user", parts = new[] { new { type = "text", text = "please" } } },
            new { id = message, role = "assistant", parts = new[] { new { type = "tool-Read", toolCallId = call, state = "input-available", input = new { file_path = "/forged" } } } },
        },
        approvalResponse = new { toolCallId = call, approved },
    };
}
