using System.Text.Json;
using AgentSessions.FakeModels;
using AgentSessions.Models.Anthropic;
using AgentSessions.Models.Calls;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;
using static AgentSessions.FakeModels.AnthropicReplies;

namespace AgentSessions.Models.Tests.Anthropic;

public sealed class AnthropicChatClientTests
{
    private static AnthropicModelOptions Options(FakeModelServer server, PromptCaching caching = PromptCaching.Off, ModelCallOptions? calls = null) => new()
    {
        Name = "test",
        Endpoint = server.Url,
        Model = "claude-fake",
        ApiKey = Clients.Key,
        PromptCaching = caching,
        Calls = calls ?? new ModelCallOptions(),
        Retries = new ModelRetryOptions { MaxAttempts = 3, BaseDelay = TimeSpan.Zero },
    };

    private static AnthropicChatClient Client(FakeModelServer server) => new(Options(server), jitter: () => 0);

    [Fact]
    public async Task Stream_OfText_ComesDeltaByDeltaWithOneReasonAndUsageAtTheEnd()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events(
            Start(10, cacheRead: 100, cacheWrite: 50), TextStart(0), Text(0, "Hel"), Text(0, "lo"), BlockStop(0), End("end_turn", 5), Stop));
        using AnthropicChatClient client = Client(server);

        List<ChatResponseUpdate> updates = await client.StreamAsync();

        Assert.Equal(["Hel", "lo", ""], updates.Select(update => update.Text));
        Assert.Equal([null, null, ChatFinishReason.Stop], updates.Select(update => update.FinishReason));
        UsageDetails usage = updates.ToChatResponse().Usage!;
        Assert.Equal((160, 5, 100), (usage.InputTokenCount, usage.OutputTokenCount, usage.CachedInputTokenCount));
        Assert.Equal(("/v1/messages", $"Bearer {Clients.Key}"), (server.Requests[0].Path, server.Requests[0].Header("Authorization")));
        Assert.Null(server.Requests[0].Header("Accept-Encoding"));
    }

    [Fact]
    public async Task Stream_HandsOutEachDeltaBeforeTheNextIsSent()
    {
        TaskCompletionSource gate = new();
        await using FakeModelServer server = FakeModelServer.Start().Reply(AnthropicReplies.Stream("one", "two").WaitBefore(3, gate.Task));
        using AnthropicChatClient client = Client(server);
        await using IAsyncEnumerator<ChatResponseUpdate> updates = client.GetStreamingResponseAsync(Clients.Hello, null, Clients.Soon).GetAsyncEnumerator();

        Assert.True(await updates.MoveNextAsync());
        Assert.Equal("one", updates.Current.Text);
        gate.SetResult();
        Assert.True(await updates.MoveNextAsync());
        Assert.Equal("two", updates.Current.Text);
    }

    [Fact]
    public async Task Stream_WithReasoningAndParallelCalls_GivesEachWhole()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events(
            Start(10), ThinkingStart(0), Thinking(0, "hm"), Signature(0, "signed"), BlockStop(0), ToolStart(1, "t1", "sum"), Arguments(1, "{\"n\""), Arguments(1, ":1}"), BlockStop(1),
            ToolStart(2, "t2", "now"), BlockStop(2), End("tool_use", 5), Stop));
        using AnthropicChatClient client = Client(server);

        ChatResponse response = (await client.StreamAsync()).ToChatResponse();

        Assert.Equal(ChatFinishReason.ToolCalls, response.FinishReason);
        Assert.Equal("hm", string.Concat(response.Messages[0].Contents.OfType<TextReasoningContent>().Select(r => r.Text)));
        Assert.Contains(response.Messages[0].Contents.OfType<TextReasoningContent>(), reasoning => reasoning.ProtectedData == "signed");
        Assert.Equal(["t1 sum 1", "t2 now "], response.Messages[0].Contents.OfType<FunctionCallContent>().Select(call => $"{call.CallId} {call.Name} {call.Arguments?["n"]}"));
    }

    [Theory]
    [InlineData(ReplyFraming.Chunked, CutStyle.Close)]
    [InlineData(ReplyFraming.Chunked, CutStyle.Reset)]
    [InlineData(ReplyFraming.UntilClose, CutStyle.Close)]
    public async Task Stream_CutAtAnyByte_NeverPassesForWholeAndNeverRepeatsText(ReplyFraming framing, CutStyle style)
    {
        FakeReply whole = AnthropicReplies.Stream("Hel", "lo"), reply = whole with { Framing = framing };
        // Every seventh byte falls everywhere in each kind of event over the three runs, in a tenth of the time.
        for (int bytes = (int)style + (2 * (int)framing); bytes < reply.WireLength; bytes += 7)
        {
            await using FakeModelServer server = FakeModelServer.Start().Reply(reply.CutAfter(bytes, style), whole);
            using AnthropicChatClient client = Client(server);

            (string text, ModelException? failure) = await client.TryStreamAsync();

            Assert.True(
                failure is null ? text == "Hello" : text is "Hel" or "Hello" && failure is { Kind: ModelErrorKind.Cut, ContentDelivered: true },
                $"cut after {bytes}: '{text}', {failure?.Kind}, delivered {failure?.ContentDelivered}");
            Assert.True(failure is null || server.Requests.Count == 1, $"cut after {bytes}: retried after '{text}'");
        }
    }

    public static TheoryData<int, string, string, ModelErrorKind, bool> Answers => new()
    {
        { 401, "authentication_error", "invalid x-api-key", ModelErrorKind.Unauthorized, false },
        { 403, "permission_error", "no", ModelErrorKind.Unauthorized, false },
        { 404, "not_found_error", "model: x", ModelErrorKind.ModelNotFound, false },
        { 400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", ModelErrorKind.ContextTooLong, false },
        { 400, "invalid_request_error", "Your credit balance is too low", ModelErrorKind.QuotaExceeded, false },
        { 400, "invalid_request_error", "messages: at least one", ModelErrorKind.InvalidRequest, false },
        { 413, "request_too_large", "no", ModelErrorKind.ContextTooLong, false },
        { 429, "rate_limit_error", "no", ModelErrorKind.RateLimited, true },
        { 500, "api_error", "no", ModelErrorKind.Unavailable, true },
        { 529, "overloaded_error", "no", ModelErrorKind.Unavailable, true },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task ErrorAnswer_HasItsKind_AndOnlyWhatMayHelpIsTriedAgain(int status, string type, string message, ModelErrorKind kind, bool retried)
    {
        await using FakeModelServer server = FakeModelServer.Start(_ => Error(status, type, message).WithHeader("Retry-After", "0").WithHeader("request-id", "req_9"));
        using AnthropicChatClient client = Client(server);

        ModelException failure = await client.FailsAsync();

        Assert.Equal((kind, status, type, "req_9", retried ? 3 : 1), (failure.Kind, failure.Status!.Value, failure.ProviderCode!, failure.RequestId!, server.Requests.Count));
        Assert.Equal(kind, (await client.TryStreamAsync()).Failure!.Kind);
    }

    [Fact]
    public async Task ErrorInAStream_IsTriedAgainOnlyBeforeContent()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(
            FakeReply.Events(Start(1), ErrorEvent("overloaded_error")), AnthropicReplies.Stream("fine"), FakeReply.Events(Start(1), TextStart(0), Text(0, "part"), ErrorEvent("overloaded_error")));
        using AnthropicChatClient client = Client(server);

        Assert.Equal(("fine", null), await client.TryStreamAsync());
        (string text, ModelException? failure) = await client.TryStreamAsync();
        Assert.Equal(("part", ModelErrorKind.Unavailable, true, "overloaded_error"), (text, failure!.Kind, failure.ContentDelivered, failure.ProviderCode));
    }

    [Fact]
    public async Task Failure_NeverHoldsTheKeyOrThePromptInItsText()
    {
        string echo = $"You sent {Clients.Key} and: the user's private words";
        await using FakeModelServer server = FakeModelServer.Start().Reply(
            Error(400, echo, echo), Error(400, Clients.Key, echo), FakeReply.Events(Start(1), ErrorEvent(echo, echo)), FakeReply.Events(Start(1), ErrorEvent(echo, echo)), FakeReply.Events(Start(1), ErrorEvent(echo, echo)));
        using AnthropicChatClient client = Client(server);

        for (int n = 0; n < 3; n++)
        {
            ModelException failure = (await client.TryStreamAsync()).Failure!;

            Assert.DoesNotContain(Clients.Key, failure.ToString());
            Assert.DoesNotContain("private", failure.ToString());
            Assert.DoesNotContain(Clients.Key, failure.ProviderMessage);
        }
    }

    public static TheoryData<FakeReply> NotUnderstood => new()
    {
        FakeReply.Body("<html>Log in</html>", "text/html"),
        FakeReply.Events(Start(1), "event: content_block_delta\ndata: {\"type\":\"content_bl\n\n"),
        FakeReply.Json("{}", 307).WithHeader("Location", "http://127.0.0.1:9/elsewhere"),
    };

    [Theory]
    [MemberData(nameof(NotUnderstood))]
    public async Task Answer_ThatIsNotUnderstood_FailsAtOnce(FakeReply reply)
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(reply);
        using AnthropicChatClient client = Client(server);

        Assert.Equal(ModelErrorKind.BadResponse, (await client.TryStreamAsync()).Failure?.Kind);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Silence_AfterAToken_TimesOutWithTheTextSoFar()
    {
        ManualTime clock = new();
        ModelCallOptions calls = new() { IdleTimeout = TimeSpan.FromSeconds(20) };
        await using FakeModelServer server = FakeModelServer.Start().Reply(AnthropicReplies.Stream("one", "two").SilentFrom(3));
        using AnthropicChatClient client = new(Options(server, calls: calls), time: clock);

        Task<(string Text, ModelException? Failure)> answer = client.TryStreamAsync();
        await clock.TimerAsync(calls.IdleTimeout).WaitAsync(Clients.Soon);
        while (!answer.IsCompleted)
        {
            // The first reads may each have armed the timer; the last one stays armed.
            clock.Advance(calls.IdleTimeout);
            await Task.WhenAny(answer, clock.TimerAsync(calls.IdleTimeout));
        }

        Assert.Equal(("one", ModelErrorKind.TimedOut), ((await answer).Text, (await answer).Failure!.Kind));
        await server.Requests[0].ClientGone.WaitAsync(Clients.Soon);
    }

    [Fact]
    public async Task Stream_WhenCancelled_ThrowsThatAndClosesTheConnection()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(AnthropicReplies.Stream("one", "two").SilentFrom(3));
        using AnthropicChatClient client = Client(server);
        using CancellationTokenSource stop = new();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(Clients.Hello, null, stop.Token))
            {
                await stop.CancelAsync();
            }
        });

        await server.Requests[0].ClientGone.WaitAsync(Clients.Soon);
    }

    [Theory]
    [InlineData(PromptCaching.Off, null)]
    [InlineData(PromptCaching.FiveMinutes, """{"type":"ephemeral"}""")]
    [InlineData(PromptCaching.OneHour, """{"type":"ephemeral","ttl":"1h"}""")]
    public async Task PromptCaching_IsAskedForAsConfigured(PromptCaching caching, string? sent)
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(Complete("hi"));
        using AnthropicChatClient client = new(Options(server, caching));

        ChatResponse response = await client.GetResponseAsync(Clients.Hello, new ChatOptions { Instructions = "Be brief.", MaxOutputTokens = 77 }, Clients.Soon);

        JsonElement request = server.Requests[0].Json;
        Assert.Equal("hi", response.Text);
        Assert.Equal(sent, request.TryGetProperty("cache_control", out JsonElement control) ? JsonSerializer.Serialize(control) : null);
        Assert.Equal((77, "claude-fake", "Be brief."), (request.GetProperty("max_tokens").GetInt32(), request.GetProperty("model").GetString(), request.GetProperty("system")[0].GetProperty("text").GetString()));
        Assert.Equal(1, request.GetProperty("messages").GetArrayLength());
    }

    [Fact]
    public async Task CacheMarkOnAContent_IsPassedOn()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(Complete("hi"));
        using AnthropicChatClient client = Client(server);

        await client.GetResponseAsync([new ChatMessage(ChatRole.User, [new TextContent("long").WithCacheControl(ttl: null)])], null, Clients.Soon);

        Assert.Equal("ephemeral", server.Requests[0].Json.GetProperty("messages")[0].GetProperty("content")[0].GetProperty("cache_control").GetProperty("type").GetString());
    }

    [Fact]
    public async Task MissingKey_SaysSoAndSendsNothing()
    {
        await using FakeModelServer server = FakeModelServer.Start();
        using AnthropicChatClient client = new(new AnthropicModelOptions { Name = "test", Endpoint = server.Url, Model = "m" });

        Assert.Equal("test: not configured: no key is set", (await client.FailsAsync()).Message);
        Assert.Empty(server.Requests);
    }
}
