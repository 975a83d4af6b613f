using System.Net;
using System.Text;
using AgentSessions.Client.Connections;
using AgentSessions.Client.Http;
using AgentSessions.Client.Tests.Hosting;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Client.Tests.Http;

/// <summary>The mirror of the server's error bodies.</summary>
public sealed class HttpErrorTests
{
    [Theory]
    [InlineData(400, """{"error":"bad"}""", SessionErrorCode.InvalidRequest, false)]
    [InlineData(400, """{"ok":false,"error":"expired","code":"session_expired"}""", SessionErrorCode.SessionExpired, false)]
    [InlineData(401, """{"error":"who"}""", SessionErrorCode.Unauthenticated, false)]
    [InlineData(403, """{"error":"Unauthorized","code":"unauthorized"}""", SessionErrorCode.Forbidden, false)]
    [InlineData(404, """{"error":"Session not found"}""", SessionErrorCode.SessionNotFound, false)]
    [InlineData(409, """{"ok":false,"error":"closed","code":"session_closed","closedReason":"bye"}""", SessionErrorCode.SessionClosed, false)]
    [InlineData(413, "too large", SessionErrorCode.RecordTooLarge, false)]
    [InlineData(429, """{"error":"slow down"}""", SessionErrorCode.RateLimited, true)]
    [InlineData(500, """{"ok":false,"error":"storage"}""", SessionErrorCode.StoreUnavailable, true)]
    [InlineData(502, "<html>bad gateway</html>", SessionErrorCode.ServerUnreachable, true)]
    [InlineData(503, """{"error":"busy","code":"overloaded"}""", SessionErrorCode.Overloaded, true)]
    [InlineData(503, """{"error":"disk","code":"store_unavailable"}""", SessionErrorCode.StoreUnavailable, true)]
    public async Task Append_ByStatusAndBody_SaysWhatWentWrong(int status, string body, SessionErrorCode code, bool isTransient)
    {
        SessionException exception = await AppendFailsAsync(_ => StubHandler.Json((HttpStatusCode)status, body));
        Assert.Equal((code, isTransient), (exception.Code, exception.IsTransient));
    }

    [Fact]
    public async Task Append_ToAClosedSession_SaysWhy()
    {
        SessionException exception = await AppendFailsAsync(
            _ => StubHandler.Json(HttpStatusCode.Conflict, """{"ok":false,"error":"Cannot append","code":"session_closed","closedReason":"bye"}"""));
        Assert.Equal(("Cannot append", "bye"), (exception.Message, exception.ClosedReason));
    }

    [Theory]
    [InlineData(503, "false", false)]
    [InlineData(404, "true", true)]
    public async Task ShouldRetryHeader_OverridesTheStatus(int status, string header, bool isTransient)
    {
        SessionException exception = await AppendFailsAsync(_ => StubHandler.Json((HttpStatusCode)status, "{}", ("x-should-retry", header)));
        Assert.Equal(isTransient, exception.IsTransient);
    }

    [Fact]
    public async Task RateLimited_CarriesTheTimeToWait()
    {
        SessionException exception = await AppendFailsAsync(_ => StubHandler.Json(HttpStatusCode.TooManyRequests, "{}", ("Retry-After", "7")));
        Assert.Equal(TimeSpan.FromSeconds(7), exception.RetryAfter);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"ok\":true,\"se")]
    [InlineData("{\"ok\":true}")]
    [InlineData("[]")]
    public async Task Append_WhenTheAnswerIsCut_MayBeRepeated(string body)
    {
        SessionException exception = await AppendFailsAsync(_ => StubHandler.Json(HttpStatusCode.OK, body));
        Assert.Equal((SessionErrorCode.ServerUnreachable, true), (exception.Code, exception.IsTransient));
    }

    [Theory]
    [InlineData("id: 0\nevent: batch\ndata: {\"records\":[{\"seq_num\":0,\"time")]
    [InlineData("id: 0\nevent: batch\ndata: {\"records\":[{\"seq_num\":0,\"time\n\n")]
    [InlineData("event: ping\ndata: {\"timestamp\":1}\n\n")]
    [InlineData("event: error\ndata: storage\n\n")]
    [InlineData("event: batch\ndata: {\"records\":[{\"seq\":0}]}\n\n")]
    [InlineData("")]
    public async Task Window_ThatEndsWithoutTheEndMarker_IsBroken(string body)
    {
        await using ISessionTail tail = await OpenAsync(body);
        SessionException exception = await Assert.ThrowsAsync<SessionException>(() => tail.ReadAsync().AsTask());
        Assert.Equal(SessionErrorCode.ServerUnreachable, exception.Code);
    }

    [Fact]
    public async Task Window_GivesRecordsWithTheirHeaders_ThenItsEnd()
    {
        await using ISessionTail tail = await OpenAsync("""
            event: ping
            data: {"timestamp":1}

            id: 0,1,9
            event: batch
            data: {"records":[{"seq_num":7,"timestamp":5,"body":"","headers":[["trigger-control","turn-complete"]]},{"seq_num":8,"timestamp":5,"body":"x","headers":[["","trim"]]}],"tail":{"seq_num":9,"timestamp":5}}

            data: [DONE]


            """);

        IReadOnlyList<StreamRecord>? records = await tail.ReadAsync();

        Assert.Equal([7, 8], records!.Select(static record => record.Sequence));
        Assert.Equal((ControlHeaders.TurnComplete, true), (records![0].Control, records[1].IsCommand));
        Assert.Null(await tail.ReadAsync());
    }

    [Fact]
    public async Task Window_AnsweredByAPage_IsBroken()
    {
        HttpSessionConnection connection = Connection(new StubHandler(_ => StubHandler.Json(HttpStatusCode.OK, "{}")));
        SessionException exception = await Assert.ThrowsAsync<SessionException>(
            () => connection.OpenOutAsync("chat", new TailRequest(Cursor.Start, TimeSpan.FromSeconds(5)), Within.Time()).AsTask());
        Assert.Equal(SessionErrorCode.ServerUnreachable, exception.Code);
    }

    private static async Task<SessionException> AppendFailsAsync(Func<HttpRequestMessage, HttpResponseMessage> answer) =>
        await Assert.ThrowsAsync<SessionException>(
            () => Connection(new StubHandler(answer)).AppendAsync("chat", Encoding.UTF8.GetBytes("{}"), "part", Within.Time()).AsTask());

    private static ValueTask<ISessionTail> OpenAsync(string body) =>
        Connection(new StubHandler(_ => StubHandler.Events(body))).OpenOutAsync("chat", new TailRequest(Cursor.Start, TimeSpan.FromSeconds(5)), Within.Time());

    private static HttpSessionConnection Connection(HttpMessageHandler handler) =>
        new(new HttpClient(handler), new() { BaseUrl = new("http://server.test"), SecretKey = AgentServer.Key });
}
