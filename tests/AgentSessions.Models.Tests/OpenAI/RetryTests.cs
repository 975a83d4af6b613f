using AgentSessions.FakeModels;
using AgentSessions.Models.Calls;
using AgentSessions.Models.OpenAI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;

namespace AgentSessions.Models.Tests.OpenAI;

public sealed class RetryTests
{
    private static OpenAICompatibleChatClient Client(FakeModelServer server, ManualTime clock, double jitter = 0, ModelRetryOptions? retries = null) => new(
        new OpenAICompatibleOptions { Name = "test", Endpoint = server.Url, Model = "fake-1", Retries = retries ?? new ModelRetryOptions() }, time: clock, jitter: () => jitter);

    [Theory]
    [InlineData("2", 2.0)]
    [InlineData("0.25", 0.25)]
    [InlineData("Thu, 01 Jan 2026 00:00:07 GMT", 7.0)]
    [InlineData("Wed, 01 Jan 2025 00:00:07 GMT", 0.0)]
    [InlineData("86400", 60.0)]
    public async Task RetryAfter_IsFollowedUpToItsCap(string header, double seconds)
    {
        ManualTime clock = new();
        await using FakeModelServer server = FakeModelServer.Start().Reply(OpenAIReplies.Error(429, "rate_limit_exceeded").WithHeader("Retry-After", header), OpenAIReplies.Stream("ok"));
        using OpenAICompatibleChatClient client = Client(server, clock);

        Task<(string Text, ModelException? Failure)> answer = client.TryStreamAsync();
        if (seconds > 0)
        {
            await clock.TimerAsync(TimeSpan.FromSeconds(seconds)).WaitAsync(Clients.Soon);
            Assert.Single(server.Requests);
            clock.Advance(TimeSpan.FromSeconds(seconds));
        }

        Assert.Equal(("ok", null), await answer);
        Assert.Equal(2, server.Requests.Count);
    }

    [Theory]
    [InlineData(0.0, 0.25, 0.5, 1.0)]
    [InlineData(0.5, 0.375, 0.75, 1.5)]
    public async Task Delays_DoubleAndAreSpreadByTheGivenNumbers(double jitter, double first, double second, double third)
    {
        ManualTime clock = new();
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Json("", 500), FakeReply.Json("", 502), FakeReply.Json("", 503), OpenAIReplies.Complete("ok"));
        using OpenAICompatibleChatClient client = Client(server, clock, jitter);

        Task<ChatResponse> answer = client.GetResponseAsync(Clients.Hello, null, Clients.Soon);
        foreach (double seconds in new[] { first, second, third })
        {
            await clock.TimerAsync(TimeSpan.FromSeconds(seconds)).WaitAsync(Clients.Soon);
            clock.Advance(TimeSpan.FromSeconds(seconds));
        }

        Assert.Equal("ok", (await answer).Text);
        Assert.Equal(4, server.Requests.Count);
        Assert.Single(server.Requests.Select(request => request.Body).Distinct());
    }

    [Fact]
    public async Task Retries_EndAfterTheGivenAttempts()
    {
        await using FakeModelServer server = FakeModelServer.Start(_ => OpenAIReplies.Error(429, "rate_limit_exceeded").WithHeader("Retry-After", "0"));
        using OpenAICompatibleChatClient client = Clients.OpenAI(server, attempts: 3);

        ModelException failure = await client.FailsAsync();

        Assert.Equal((ModelErrorKind.RateLimited, 3, TimeSpan.Zero), (failure.Kind, failure.Attempts, failure.RetryAfter!.Value));
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task Wait_EndsWhenTheCallerCancels()
    {
        ManualTime clock = new();
        using CancellationTokenSource stop = new();
        await using FakeModelServer server = FakeModelServer.Start().Reply(OpenAIReplies.Error(429, "x").WithHeader("Retry-After", "30"));
        using OpenAICompatibleChatClient client = Client(server, clock);

        Task<ChatResponse> answer = client.GetResponseAsync(Clients.Hello, null, stop.Token);
        await clock.TimerAsync(TimeSpan.FromSeconds(30)).WaitAsync(Clients.Soon);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
    }

    [Fact]
    public async Task Stream_ThatFailsAfterText_IsNotMadeAgain()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events(OpenAIReplies.Text("once")), OpenAIReplies.Stream("twice"));
        using OpenAICompatibleChatClient client = Clients.OpenAI(server);

        (string text, ModelException? failure) = await client.TryStreamAsync();

        Assert.Equal(("once", ModelErrorKind.Cut, true), (text, failure!.Kind, failure.ContentDelivered));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Stream_ThatFailsAfterReasoning_IsNotMadeAgain()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events(OpenAIReplies.Chunk("""{"reasoning":"hm"}""")), OpenAIReplies.Stream("twice"));
        using OpenAICompatibleChatClient client = Clients.OpenAI(server);

        Assert.True((await client.TryStreamAsync()).Failure!.ContentDelivered);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Stream_ThatFailsAfterARoleOnly_IsMadeAgain()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events(OpenAIReplies.Chunk("""{"role":"assistant","content":""}""")), OpenAIReplies.Stream("ok"));
        using OpenAICompatibleChatClient client = Clients.OpenAI(server);

        Assert.Equal(("ok", null), await client.TryStreamAsync());
    }
}
