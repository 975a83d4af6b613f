using System.Text;
using AgentSessions.Client.Connections;
using AgentSessions.Client.Tests.Hosting;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Client.Tests.Connections;

/// <summary>What every connection promises a chat.</summary>
public abstract class SessionConnectionContract
{
    private static readonly TimeSpan _window = TimeSpan.FromSeconds(30);

    protected abstract ISessionConnection Connection { get; }

    private string Chat { get; } = $"chat/{Guid.NewGuid()}:ä";

    [Fact]
    public async Task Start_Twice_MeetsOnOneSession()
    {
        SessionStarted first = await StartAsync();
        SessionStarted second = await StartAsync();

        Assert.False(first.IsCached);
        Assert.True(second.IsCached);
        Assert.StartsWith("session_", first.SessionId, StringComparison.Ordinal);
        Assert.Equal(first.SessionId, second.SessionId);
        Assert.StartsWith("run_", first.RunId, StringComparison.Ordinal);
    }

    [Fact]
    public Task Start_OfAnUnknownAgent_SaysSo() => ThrowsAsync(SessionErrorCode.UnknownAgent, async () => await StartAsync("nobody"));

    [Fact]
    public async Task Start_WithAFriendlyId_IsRefused() =>
        await ThrowsAsync(SessionErrorCode.InvalidRequest, async () => await Connection.StartAsync(
            new SessionStart { ChatId = "session_mine", Agent = "echo", TriggerConfig = Config }, Within.Time()));

    [Fact]
    public async Task Append_WithTheSamePartId_AnswersTheFirstSequence()
    {
        await StartAsync();

        long first = await AppendAsync("part");
        long second = await AppendAsync("other");
        long repeat = await AppendAsync("part");

        Assert.Equal((0, 1, 0), (first, second, repeat));
    }

    [Fact]
    public Task Append_ToNoSession_SaysSo() => ThrowsAsync(SessionErrorCode.SessionNotFound, async () => await AppendAsync("part"));

    [Fact]
    public async Task Append_AboveTheLimit_SaysSo()
    {
        await StartAsync();
        byte[] large = Encoding.UTF8.GetBytes($$"""{"kind":"x","text":"{{new string('x', 1024 * 1024)}}"}""");
        await ThrowsAsync(SessionErrorCode.RecordTooLarge, async () => await Connection.AppendAsync(Chat, large, "part", Within.Time()));
    }

    [Fact]
    public async Task Close_ThenAppendOrStart_SaysClosedWithTheFirstReason()
    {
        await StartAsync();
        await Connection.CloseAsync(Chat, "enough", Within.Time());
        await Connection.CloseAsync(Chat, "again", Within.Time());

        SessionException append = await ThrowsAsync(SessionErrorCode.SessionClosed, async () => await AppendAsync("part"));
        await ThrowsAsync(SessionErrorCode.SessionClosed, async () => await StartAsync());

        Assert.Equal("enough", append.ClosedReason);
        Assert.False(append.IsTransient);
    }

    [Fact]
    public Task Close_OfNoSession_SaysSo() =>
        ThrowsAsync(SessionErrorCode.SessionNotFound, async () => await Connection.CloseAsync(Chat, null, Within.Time()));

    [Fact]
    public Task Cancel_OfNoRun_SaysSo() =>
        ThrowsAsync(SessionErrorCode.RunNotFound, async () => await Connection.CancelRunAsync("run_none", Within.Time()));

    [Fact]
    public async Task Tail_FromACursor_GivesWhatComesAfterItInOrder()
    {
        await StartAsync();
        await AppendAsync("part");
        List<StreamRecord> whole = await TurnAsync(Cursor.Start);

        Assert.Equal(Enumerable.Range(0, whole.Count).Select(static i => (long)i), whole.Select(static record => record.Sequence));
        List<StreamRecord> rest = await TurnAsync(Cursor.After(2));
        Assert.Equal(whole.Skip(3).Select(static record => record.Body), rest.Select(static record => record.Body));
        Assert.Equal("0", whole[^1].Header(ControlHeaders.InEventId));
    }

    [Fact]
    public async Task Tail_ThatPeeksAtRest_GivesWhatIsStoredAndEnds()
    {
        await StartAsync();
        await AppendAsync("part");
        List<StreamRecord> whole = await TurnAsync(Cursor.Start);

        await using ISessionTail tail = await OpenAsync(Cursor.After(1), peeks: true);
        List<StreamRecord> drained = [];
        while (await tail.ReadAsync() is { } records)
        {
            drained.AddRange(records);
        }

        Assert.True(tail.IsSettled);
        Assert.Equal(whole.Skip(2).Select(static record => record.Sequence), drained.Where(static record => !record.IsCommand).Select(static record => record.Sequence));
    }

    [Fact]
    public async Task Tail_ThatPeeksBeforeAnythingWasSaid_IsNotSettled()
    {
        await StartAsync();
        await using ISessionTail tail = await OpenAsync(Cursor.Start, peeks: true);
        Assert.False(tail.IsSettled);
    }

    [Fact]
    public async Task Tail_BeyondTheEnd_StartsAtTheEnd()
    {
        await StartAsync();
        await using ISessionTail tail = await OpenAsync(Cursor.After(4711), peeks: false);
        await AppendAsync("part");

        IReadOnlyList<StreamRecord>? records = await tail.ReadAsync();

        Assert.Equal(0, records![0].Sequence);
    }

    [Fact]
    public async Task Tail_OfASessionThatDoesNotExistYet_GivesItsRecords()
    {
        await using ISessionTail tail = await OpenAsync(Cursor.Start, peeks: false);
        await StartAsync();
        await AppendAsync("part");

        Assert.NotEmpty((await tail.ReadAsync())!);
    }

    [Fact]
    public async Task Tail_InSilence_EndsAfterTheTimeAskedFor()
    {
        await StartAsync();
        await using ISessionTail tail = await Connection.OpenOutAsync(Chat, new TailRequest(Cursor.Start, TimeSpan.FromSeconds(1)), Within.Time());
        Assert.Null(await tail.ReadAsync());
    }

    [Fact]
    public async Task Tail_WhenItsTokenIsCancelled_EndsTheWait()
    {
        await StartAsync();
        using var leaving = new CancellationTokenSource();
        await using ISessionTail tail = await Connection.OpenOutAsync(Chat, new TailRequest(Cursor.Start, _window), leaving.Token);
        Task<IReadOnlyList<StreamRecord>?> reading = tail.ReadAsync().AsTask();
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Within.Limit));
    }

    [Fact]
    public async Task Transcript_AfterATurn_HasQuestionAndAnswer()
    {
        await StartAsync();
        await AppendAsync("part");
        await TurnAsync(Cursor.Start);

        IReadOnlyList<UIMessage> messages = await Connection.ReadTranscriptAsync(Chat, 10, Within.Time());

        Assert.Equal([UIMessageRole.User, UIMessageRole.Assistant], messages.Select(static message => message.Role));
        Assert.Equal("you said: hi", messages[1].Text);
    }

    private string Config => $$$"""{"basePayload":{"chatId":"{{{Chat}}}","trigger":"preload"}}""";

    private ValueTask<SessionStarted> StartAsync(string agent = "echo") =>
        Connection.StartAsync(new SessionStart { ChatId = Chat, Agent = agent, TriggerConfig = Config }, Within.Time());

    private ValueTask<long> AppendAsync(string partId) => Connection.AppendAsync(
        Chat,
        Encoding.UTF8.GetBytes($$$$"""{"kind":"message","payload":{"chatId":"{{{{Chat}}}}","trigger":"submit-message","message":{"id":"{{{{partId}}}}","role":"user","parts":[{"type":"text","text":"hi"}]}}}"""),
        partId,
        Within.Time());

    private ValueTask<ISessionTail> OpenAsync(Cursor from, bool peeks) =>
        Connection.OpenOutAsync(Chat, new TailRequest(from, _window, peeks), Within.Time());

    private async Task<List<StreamRecord>> TurnAsync(Cursor from)
    {
        await using ISessionTail tail = await OpenAsync(from, peeks: false);
        List<StreamRecord> read = [];
        while (await tail.ReadAsync() is { } records)
        {
            foreach (StreamRecord record in records)
            {
                read.Add(record);
                if (record.Control == ControlHeaders.TurnComplete)
                {
                    return read;
                }
            }
        }

        throw new InvalidOperationException("The window ended before the turn.");
    }

    private static async Task<SessionException> ThrowsAsync(SessionErrorCode code, Func<Task> call)
    {
        SessionException exception = await Assert.ThrowsAsync<SessionException>(call);
        Assert.Equal(code, exception.Code);
        return exception;
    }
}

/// <summary>The contract over HTTP.</summary>
public sealed class HttpSessionConnectionTests(AgentServer server) : SessionConnectionContract, IClassFixture<AgentServer>
{
    private static readonly HttpClient _http = new();

    protected override ISessionConnection Connection { get; } =
        new Client.Http.HttpSessionConnection(_http, new() { BaseUrl = server.BaseUrl, SecretKey = AgentServer.Key });
}

/// <summary>The contract in the engine's process.</summary>
public sealed class EngineSessionConnectionTests(AgentServer server) : SessionConnectionContract, IClassFixture<AgentServer>
{
    protected override ISessionConnection Connection { get; } = new Core.Clients.EngineSessionConnection(server.Engine, server.Environment);
}
