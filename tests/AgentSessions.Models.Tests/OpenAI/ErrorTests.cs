using AgentSessions.FakeModels;
using AgentSessions.Models.OpenAI;

namespace AgentSessions.Models.Tests.OpenAI;

public sealed class ErrorTests
{
    public static TheoryData<int, string, ModelErrorKind, bool> Answers => new()
    {
        { 401, """{"error":{"message":"Incorrect API key provided: sk-s***","type":"invalid_request_error","code":"invalid_api_key"}}""", ModelErrorKind.Unauthorized, false },
        { 403, """{"error":{"message":"no access","type":"permission_error"}}""", ModelErrorKind.Unauthorized, false },
        { 404, """{"error":{"message":"model 'x' not found","type":"not_found_error"}}""", ModelErrorKind.ModelNotFound, false },
        { 400, """{"error":{"message":"bad","type":"invalid_request_error","code":null}}""", ModelErrorKind.InvalidRequest, false },
        { 422, """{"detail":[{"msg":"field required"}]}""", ModelErrorKind.InvalidRequest, false },
        { 400, """{"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","code":"context_length_exceeded"}}""", ModelErrorKind.ContextTooLong, false },
        { 400, """{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000","type":"BadRequestError","code":400}""", ModelErrorKind.ContextTooLong, false },
        { 400, """{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}""", ModelErrorKind.ContextTooLong, false },
        { 413, "", ModelErrorKind.ContextTooLong, false },
        { 400, """{"error":{"message":"filtered","type":null,"param":"prompt","code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}}""", ModelErrorKind.ContentFiltered, false },
        { 429, """{"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded"}}""", ModelErrorKind.RateLimited, true },
        { 429, """{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}""", ModelErrorKind.QuotaExceeded, false },
        { 402, "", ModelErrorKind.QuotaExceeded, false },
        { 408, "", ModelErrorKind.Unavailable, true },
        { 409, "", ModelErrorKind.Unavailable, true },
        { 500, "<html>oops</html>", ModelErrorKind.Unavailable, true },
        { 503, """{"error":"loading the model"}""", ModelErrorKind.Unavailable, true },
        { 529, "", ModelErrorKind.Unavailable, true },
        { 501, "", ModelErrorKind.Unavailable, false },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task ErrorAnswer_HasItsKind_AndOnlyWhatMayHelpIsTriedAgain(int status, string body, ModelErrorKind kind, bool retried)
    {
        await using FakeModelServer server = FakeModelServer.Start(_ => FakeReply.Json(body, status));
        using OpenAICompatibleChatClient client = Clients.OpenAI(server, attempts: 2);

        ModelException failure = await client.FailsAsync();

        Assert.Equal((kind, status, retried), (failure.Kind, failure.Status!.Value, failure.IsTransient));
        Assert.Equal((retried ? 2 : 1, retried ? 2 : 1), (server.Requests.Count, failure.Attempts));
        (_, ModelException? streamed) = await client.TryStreamAsync();
        Assert.Equal((kind, false), (streamed!.Kind, streamed.ContentDelivered));
    }

    public static TheoryData<string, ModelErrorKind, bool> StreamErrors => new()
    {
        { """data: {"error":{"message":"The server had an error","type":"server_error"}}""", ModelErrorKind.Unavailable, true },
        { """data: {"error":{"message":"too long","code":"context_length_exceeded"}}""", ModelErrorKind.ContextTooLong, false },
        { """data: {"error":{"message":"slow","code":429}}""", ModelErrorKind.RateLimited, true },
        { """data: {"error":{"message":"bad","code":400}}""", ModelErrorKind.InvalidRequest, false },
        { "event: error\ndata: {\"message\":\"broken\",\"type\":\"server_error\"}", ModelErrorKind.Unavailable, true },
    };

    [Theory]
    [MemberData(nameof(StreamErrors))]
    public async Task ErrorInAStream_HasItsKind_AndIsTriedAgainOnlyBeforeContent(string error, ModelErrorKind kind, bool transient)
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(
            FakeReply.Events(error + "\n\n"), OpenAIReplies.Stream("fine"), FakeReply.Events(OpenAIReplies.Text("part"), error + "\n\n"));
        using OpenAICompatibleChatClient client = Clients.OpenAI(server);

        (string text, ModelException? failure) = await client.TryStreamAsync();
        Assert.Equal(transient ? ("fine", null) : ("", kind), (text, failure?.Kind));
        if (!transient)
        {
            await client.TryStreamAsync();
        }

        (text, failure) = await client.TryStreamAsync();
        Assert.Equal(("part", kind, true), (text, failure!.Kind, failure.ContentDelivered));
    }

    [Fact]
    public async Task Failure_HoldsTheProvidersDetails()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(OpenAIReplies.Error(400, "unknown_parameter", "Unknown parameter: 'x'.").WithHeader("x-request-id", "req_7"));
        using OpenAICompatibleChatClient client = Clients.OpenAI(server);

        ModelException failure = await client.FailsAsync();

        Assert.Equal(("unknown_parameter", "Unknown parameter: 'x'.", "req_7", "test"), (failure.ProviderCode, failure.ProviderMessage, failure.RequestId, failure.Provider));
        Assert.Equal("test: the request was refused as invalid (400, unknown_parameter).", failure.Message);
    }

    [Fact]
    public async Task Failure_NeverHoldsTheKeyOrThePromptInItsText()
    {
        string echo = $"You sent {Clients.Key} and: the user's private words";
        await using FakeModelServer server = FakeModelServer.Start().Reply(
            OpenAIReplies.Error(400, echo, echo, echo),
            OpenAIReplies.Error(400, Clients.Key, echo, Clients.Key),
            OpenAIReplies.Error(401, "the_users_private_words_" + new string('x', 100), echo));
        using OpenAICompatibleChatClient client = Clients.OpenAI(server);

        for (int n = 0; n < 3; n++)
        {
            ModelException failure = await client.FailsAsync();

            Assert.DoesNotContain(Clients.Key, failure.ToString());
            Assert.DoesNotContain("private", failure.ToString());
            Assert.DoesNotContain(Clients.Key, failure.ProviderMessage);
        }
    }

    [Fact]
    public async Task Endpoint_WhereNobodyListens_IsUnavailable()
    {
        FakeModelServer server = FakeModelServer.Start();
        using OpenAICompatibleChatClient client = Clients.OpenAI(server, attempts: 2);
        await server.DisposeAsync();

        ModelException failure = await client.FailsAsync();

        Assert.Equal((ModelErrorKind.Unavailable, true, 2), (failure.Kind, failure.IsTransient, failure.Attempts));
    }

    [Fact]
    public async Task KeyFile_ThatIsMissing_SaysSoAndSendsNothing()
    {
        await using FakeModelServer server = FakeModelServer.Start();
        using OpenAICompatibleChatClient client = new(new OpenAICompatibleOptions { Name = "test", Endpoint = server.Url, Model = "m", ApiKeyFile = "/nowhere/key" });

        ModelException failure = await client.FailsAsync();

        Assert.Equal(ModelErrorKind.NotConfigured, failure.Kind);
        Assert.Empty(server.Requests);
    }
}
