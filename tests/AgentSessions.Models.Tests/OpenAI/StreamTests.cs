using AgentSessions.FakeModels;
using Microsoft.Extensions.AI;

namespace AgentSessions.Models.Tests.OpenAI;

public sealed class StreamTests
{
    [Fact]
    public async Task Stream_OfText_ComesDeltaByDeltaWithOneIdAndUsageAtTheEnd()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events(
            OpenAIReplies.Text("Hel"), OpenAIReplies.Text("lo"), OpenAIReplies.Finish("stop"), OpenAIReplies.Usage(12, 2, cached: 10), OpenAIReplies.Done));

        List<ChatResponseUpdate> updates = await Clients.OpenAI(server).StreamAsync();

        Assert.Equal(["Hel", "lo", ""], updates.Select(update => update.Text));
        Assert.All(updates, update => Assert.Equal(("chatcmpl-1", "fake-1", ChatRole.Assistant), (update.MessageId!, update.ModelId!, update.Role!.Value)));
        ChatResponse response = updates.ToChatResponse();
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.Equal((12, 2, 14, 10), (response.Usage!.InputTokenCount, response.Usage.OutputTokenCount, response.Usage.TotalTokenCount, response.Usage.CachedInputTokenCount));
        Assert.Equal(1_700_000_000, response.CreatedAt!.Value.ToUnixTimeSeconds());
    }

    [Fact]
    public async Task Stream_HandsOutEachDeltaBeforeTheNextIsSent()
    {
        TaskCompletionSource gate = new();
        await using FakeModelServer server = FakeModelServer.Start().Reply(OpenAIReplies.Stream("one", "two").WaitBefore(2, gate.Task));
        await using IAsyncEnumerator<ChatResponseUpdate> updates = Clients.OpenAI(server).GetStreamingResponseAsync(Clients.Hello, null, Clients.Soon).GetAsyncEnumerator();

        Assert.True(await updates.MoveNextAsync());
        Assert.Equal("one", updates.Current.Text);
        gate.SetResult();
        Assert.True(await updates.MoveNextAsync());
        Assert.Equal("two", updates.Current.Text);
    }

    [Theory]
    [InlineData("reasoning_content")]
    [InlineData("reasoning")]
    public async Task Stream_OfReasoning_ComesAsReasoningContent(string field)
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events(
            OpenAIReplies.Chunk($$"""{"{{field}}":"Let me "}"""), OpenAIReplies.Chunk($$"""{"{{field}}":"see."}"""), OpenAIReplies.Text("42"), OpenAIReplies.Finish("stop"), OpenAIReplies.Done));

        ChatResponse response = (await Clients.OpenAI(server).StreamAsync()).ToChatResponse();

        Assert.Equal("Let me see.", Assert.Single(response.Messages[0].Contents.OfType<TextReasoningContent>()).Text);
        Assert.Equal("42", response.Text);
    }

    [Fact]
    public async Task Stream_WithReasoningInBothFields_TakesItOnce()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events(
            OpenAIReplies.Chunk("""{"reasoning":"hm","reasoning_content":"hm"}"""), OpenAIReplies.Finish("stop"), OpenAIReplies.Done));

        Assert.Equal("hm", (await Clients.OpenAI(server).StreamAsync()).ToChatResponse().Messages[0].Contents.OfType<TextReasoningContent>().Single().Text);
    }

    public static TheoryData<string, string[]> Quirks => new()
    {
        { "no end marker", [OpenAIReplies.Text("ok"), OpenAIReplies.Finish("stop")] },
        { "no finish reason", [OpenAIReplies.Text("ok"), OpenAIReplies.Done] },
        { "no usage", [OpenAIReplies.Text("ok"), OpenAIReplies.Finish("stop"), OpenAIReplies.Done] },
        { "comments", [": keep alive\n\n", OpenAIReplies.Text("ok"), ": x\n\n", OpenAIReplies.Finish("stop"), OpenAIReplies.Done] },
        { "carriage returns", [.. new[] { OpenAIReplies.Text("ok"), OpenAIReplies.Finish("stop"), OpenAIReplies.Done }.Select(e => e.Replace("\n", "\r\n"))] },
        { "no space after data", [OpenAIReplies.Text("ok").Replace("data: ", "data:"), OpenAIReplies.Finish("stop"), "data:[DONE]\n\n"] },
        { "content as parts", [OpenAIReplies.Chunk("""{"content":[{"type":"text","text":"o"},{"type":"text","text":"k"}]}"""), OpenAIReplies.Finish("stop")] },
        { "nulls everywhere", [OpenAIReplies.Chunk("""{"role":null,"content":"ok","tool_calls":null,"reasoning":null,"refusal":null}"""), OpenAIReplies.Event("""{"id":null,"choices":null,"usage":null}"""), OpenAIReplies.Done] },
        { "finish reason with the text", [OpenAIReplies.Chunk("""{"content":"ok"}""", "stop"), OpenAIReplies.Done] },
        { "another id in each chunk", [OpenAIReplies.Text("o"), OpenAIReplies.Text("k").Replace("chatcmpl-1", "chatcmpl-2"), OpenAIReplies.Finish("stop")] },
        { "something after the end", [OpenAIReplies.Text("ok"), OpenAIReplies.Finish("stop"), OpenAIReplies.Done, "data: {not json\n\n"] },
        { "usage before the finish", [OpenAIReplies.Text("ok"), OpenAIReplies.Usage(1, 1), OpenAIReplies.Finish("stop")] },
        { "other choices", [OpenAIReplies.Text("ok"), OpenAIReplies.Text("no").Replace("\"index\":0", "\"index\":1"), OpenAIReplies.Finish("stop")] },
    };

    [Theory]
    [MemberData(nameof(Quirks))]
    public async Task Stream_WithAQuirk_IsReadAllTheSame(string quirk, string[] events)
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events(events));

        ChatResponse response = (await Clients.OpenAI(server).StreamAsync()).ToChatResponse();

        Assert.True(response.Text == "ok" && response.FinishReason == ChatFinishReason.Stop && response.Messages.Count == 1, quirk);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Stream_FromAServerThatDoesNotStream_ComesAsOneAnswer()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(OpenAIReplies.Complete("whole"));

        ChatResponse response = (await Clients.OpenAI(server).StreamAsync()).ToChatResponse();

        Assert.Equal(("whole", 8), (response.Text, (int)response.Usage!.TotalTokenCount!));
    }

    [Fact]
    public async Task Stream_WithTotalsInEveryChunk_CountsOnlyTheLast()
    {
        string Counted(string text, int output) => OpenAIReplies.Text(text).Replace("\"choices\"", $"\"usage\":{{\"prompt_tokens\":5,\"completion_tokens\":{output}}},\"choices\"");
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events(Counted("a", 1), Counted("b", 2), OpenAIReplies.Finish("stop"), OpenAIReplies.Done));

        UsageDetails usage = (await Clients.OpenAI(server).StreamAsync()).ToChatResponse().Usage!;

        Assert.Equal((5, 2, 7), (usage.InputTokenCount, usage.OutputTokenCount, usage.TotalTokenCount));
    }

    [Fact]
    public async Task Stream_OfARefusal_IsTextThatEndsAsFiltered()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events(
            OpenAIReplies.Chunk("""{"refusal":"I can't."}"""), OpenAIReplies.Finish("stop"), OpenAIReplies.Done));

        ChatResponse response = (await Clients.OpenAI(server).StreamAsync()).ToChatResponse();

        Assert.Equal(("I can't.", ChatFinishReason.ContentFilter), (response.Text, response.FinishReason!.Value));
    }

    [Fact]
    public async Task Stream_WhenTheReaderLeaves_ClosesTheConnection()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(OpenAIReplies.Stream("one", "two").SilentFrom(2));
        await foreach (ChatResponseUpdate update in Clients.OpenAI(server).GetStreamingResponseAsync(Clients.Hello, null, Clients.Soon))
        {
            break;
        }

        await server.Requests[0].ClientGone.WaitAsync(Clients.Soon);
    }

    [Fact]
    public async Task Stream_WhenCancelled_ThrowsThatAndClosesTheConnection()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(OpenAIReplies.Stream("one", "two").SilentFrom(2));
        using CancellationTokenSource stop = new();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ChatResponseUpdate update in Clients.OpenAI(server).GetStreamingResponseAsync(Clients.Hello, null, stop.Token))
            {
                await stop.CancelAsync();
            }
        });

        await server.Requests[0].ClientGone.WaitAsync(Clients.Soon);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task GetResponse_ReadsAWholeAnswer()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(OpenAIReplies.Complete("hi"));

        ChatResponse response = await Clients.OpenAI(server).GetResponseAsync(Clients.Hello, null, Clients.Soon);

        Assert.Equal(("hi", "chatcmpl-1", ChatFinishReason.Stop, 7), (response.Text, response.ResponseId, response.FinishReason, response.Usage!.InputTokenCount));
        Assert.False(server.Requests[0].Json.TryGetProperty("stream", out _));
    }
}
