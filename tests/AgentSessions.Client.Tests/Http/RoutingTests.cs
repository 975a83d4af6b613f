using System.Net;
using AgentSessions.Client.Http;
using AgentSessions.Client.Tests.Hosting;

namespace AgentSessions.Client.Tests.Http;

/// <summary>Where requests go and through which handler.</summary>
public sealed class RoutingTests
{
    private const string Turn =
        """data: {"records":[{"seq_num":0,"timestamp":1,"body":"","headers":[["trigger-control","turn-complete"],["session-in-event-id","0"]]}]}""";

    [Fact]
    public async Task BaseUrl_ByEndpoint_MovesAppendsAndReadsOnly()
    {
        var handler = new StubHandler(Answer);
        using AgentSessionsClient client = Client(handler);
        await using AgentChat chat = client.Create(new AgentChatOptions
        {
            Agent = "echo",
            ChatId = "a/b",
            BaseUrl = static request => new Uri(request.Endpoint == ChatEndpoint.In ? "http://in.test/edge/" : "http://out.test"),
        });
        await (await chat.SendMessageAsync("hi", Within.Time())).ResultAsync(Within.Time());

        Assert.Equal(
            [
                "http://server.test/prefix/api/v1/sessions",
                "http://in.test/edge/realtime/v1/sessions/a%2Fb/in/append",
                "http://out.test/realtime/v1/sessions/a%2Fb/out",
            ],
            handler.Requests.Select(static request => request.Url.AbsoluteUri));
        Assert.All(handler.Requests, static request => Assert.Equal($"Bearer {AgentServer.Key}", request.Authorization));
    }

    [Fact]
    public async Task Handler_PerRequest_IsPutBeforeTheClientsOwn()
    {
        var own = new StubHandler(Answer);
        var counting = new CountingHandler();
        using AgentSessionsClient client = Client(own);
        await using AgentChat chat = client.Create(new AgentChatOptions { Agent = "echo", ChatId = "chat", Handler = _ => counting });
        await (await chat.SendMessageAsync("hi", Within.Time())).ResultAsync(Within.Time());

        Assert.Equal((2, 3), (counting.Count, own.Requests.Count));
    }

    [Fact]
    public async Task Append_WhenRepeated_HasTheSamePartId()
    {
        int appends = 0;
        var handler = new StubHandler(request => request.RequestUri!.AbsolutePath.EndsWith("/append", StringComparison.Ordinal) && ++appends < 4
            ? StubHandler.Json(HttpStatusCode.BadGateway, "")
            : Answer(request));
        using AgentSessionsClient client = Client(handler);
        await using AgentChat chat = client.Create(new AgentChatOptions { Agent = "echo", ChatId = "chat" });
        await (await chat.SendMessageAsync("hi", Within.Time())).ResultAsync(Within.Time());

        string?[] partIds = [.. handler.Requests.Select(static request => request.PartId).Where(static id => id is not null)];
        Assert.Equal(4, partIds.Length);
        Assert.Single(partIds.Distinct());
    }

    private static HttpResponseMessage Answer(HttpRequestMessage request) => request.RequestUri!.AbsolutePath switch
    {
        var path when path.EndsWith("/append", StringComparison.Ordinal) => StubHandler.Json(HttpStatusCode.OK, """{"ok":true,"seq":0}"""),
        var path when path.EndsWith("/out", StringComparison.Ordinal) => StubHandler.Events($"event: batch\n{Turn}\n\ndata: [DONE]\n\n"),
        _ => StubHandler.Json(HttpStatusCode.Created, """{"id":"session_1","runId":"run_1","publicAccessToken":"t","isCached":false}"""),
    };

    private static AgentSessionsClient Client(HttpMessageHandler handler) => new(
        new() { BaseUrl = new("http://server.test/prefix/"), SecretKey = AgentServer.Key, Retry = Hosting.Chats.Quick }, handler, random: new Random(1));

    private sealed class CountingHandler : DelegatingHandler
    {
        public int Count { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Count++;
            return base.SendAsync(request, cancellationToken);
        }
    }
}
