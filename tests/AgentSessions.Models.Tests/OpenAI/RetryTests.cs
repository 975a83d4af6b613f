using System.Net.Sockets;
using AgentSessions.FakeModels;
using AgentSessions.Models.Calls;
using AgentSessions.Models.OpenAI;
using AgentSessions.Testing;
using AgentSessions.TestServer;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

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

    [Theory]
    [InlineData(HttpRequestError.ConnectionError, SocketError.ConnectionRefused, "connection refused")]
    [InlineData(HttpRequestError.ConnectionError, SocketError.NetworkUnreachable, "no way to its network or host")]
    [InlineData(HttpRequestError.ConnectionError, null, "no connection")]
    [InlineData(HttpRequestError.NameResolutionError, SocketError.HostNotFound, "its name cannot be resolved")]
    [InlineData(HttpRequestError.SecureConnectionError, null, "no secure connection, such as for a certificate that is not trusted")]
    [InlineData(HttpRequestError.ProxyTunnelError, null, "the proxy refused")]
    [InlineData(HttpRequestError.Unknown, SocketError.ConnectionReset, "connection reset")]
    [InlineData(HttpRequestError.Unknown, null, "")]
    public async Task EndpointOutOfReach_IsToldWithTheReasonAndNoAddress(HttpRequestError error, SocketError? socket, string reason)
    {
        CollectedLogs logs = new();
        using LoggerFactory factory = new([logs]);
        Exception? inner = socket is { } code ? new SocketException((int)code) : null;
        using HttpClient http = new(new FailingHandler(() => new HttpRequestException(error, "http://user:pass-word@models.test", inner)));
        OpenAICompatibleOptions options = Options(new Uri("http://user:pass-word@models.test/v1"));
        using OpenAICompatibleChatClient client = new(options, http, factory.CreateLogger<OpenAICompatibleChatClient>());

        ModelException failure = await client.FailsAsync();

        string hint = "the endpoint cannot be reached" + (reason.Length > 0 ? $": {reason}" : "");
        Assert.EndsWith($"Model test failed: Unavailable: {hint}. Attempt 1, trying again in 0 s", Assert.Single(logs.Lines), StringComparison.Ordinal);
        Assert.EndsWith(hint, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConnectionThatTakesTooLong_IsToldAsSuch()
    {
        CollectedLogs logs = new();
        using LoggerFactory factory = new([logs]);
        using HttpClient http = new(new FailingHandler(() => new TaskCanceledException()));
        using OpenAICompatibleChatClient client = new(Options(new Uri("http://models.test/v1")), http, factory.CreateLogger<OpenAICompatibleChatClient>());

        await client.FailsAsync();

        Assert.Contains("the endpoint cannot be reached: no connection in time. Attempt 1", Assert.Single(logs.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rate_limit_exceeded", "RateLimited: status 429, code rate_limit_exceeded")]
    [InlineData("two words", "RateLimited: status 429")]
    public async Task Refusal_IsToldWithWhatIsKnown(string code, string reason)
    {
        CollectedLogs logs = new();
        using LoggerFactory factory = new([logs]);
        await using FakeModelServer server = FakeModelServer.Start().Reply(OpenAIReplies.Error(429, code).WithHeader("Retry-After", "0"), OpenAIReplies.Complete("ok"));
        using OpenAICompatibleChatClient client = new(Clients.Options(server), logger: factory.CreateLogger<OpenAICompatibleChatClient>());

        await client.GetResponseAsync(Clients.Hello, null, Clients.Soon);

        Assert.EndsWith($"Model test failed: {reason}. Attempt 1, trying again in 0 s", Assert.Single(logs.Lines), StringComparison.Ordinal);
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

    private static OpenAICompatibleOptions Options(Uri endpoint) => new()
    {
        Name = "test",
        Endpoint = endpoint,
        Model = "fake-1",
        Retries = new ModelRetryOptions { MaxAttempts = 2, BaseDelay = TimeSpan.Zero },
    };

    private sealed class FailingHandler(Func<Exception> failure) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromException<HttpResponseMessage>(failure());
    }
}
