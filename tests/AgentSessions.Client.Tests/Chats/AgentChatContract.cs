using AgentSessions.Client.Connections;
using AgentSessions.Client.Tests.Hosting;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Client.Tests.Chats;

/// <summary>What a chat does with a real server, wherever it is.</summary>
public abstract class AgentChatContract
{
    protected abstract IAgentChatFactory Agents { get; }

    protected abstract ISessionConnection Connection { get; }

    private string ChatId { get; } = Guid.NewGuid().ToString();

    [Fact]
    public async Task Text_SeveralTurns_KeepsTheHistory()
    {
        await using AgentChat chat = Create("history");
        Assert.Equal("1", await chat.TextAsync("a", Within.Time()));
        Assert.Equal("2", await chat.TextAsync("b", Within.Time()));
        Assert.Equal("3", await chat.TextAsync("c", Within.Time()));
    }

    [Fact]
    public async Task Preload_ThenSend_UsesTheSameSession()
    {
        List<string> runs = [];
        await using AgentChat chat = Agents.Create(new()
        {
            Agent = "echo",
            ChatId = ChatId,
            OnTriggered = (run, _) =>
            {
                runs.Add(run);
                return Task.CompletedTask;
            },
        });
        await chat.PreloadAsync(Within.Time());
        await chat.PreloadAsync(Within.Time());

        Assert.Equal("you said: hi", await chat.TextAsync("hi", Within.Time()));
        Assert.StartsWith("run_", Assert.Single(runs), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reconnect_ToASessionThatHasSaidNothing_AnswersNull()
    {
        await using AgentChat chat = Create("echo");
        await chat.PreloadAsync(Within.Time());
        await chat.StopAsync(Within.Time());
        await using AgentChat other = Create("echo");

        Assert.Null(await other.ReconnectAsync(Within.Time()));
        Assert.Equal("you said: hi", await other.TextAsync("hi", Within.Time()));
    }

    [Fact]
    public async Task Reconnect_AfterTheRunWasCancelledInItsMiddle_AnswersNull()
    {
        string? runId = null;
        await using AgentChat chat = Agents.Create(new()
        {
            Agent = "endless",
            ChatId = ChatId,
            OnTriggered = (run, _) =>
            {
                runId = run;
                return Task.CompletedTask;
            },
        });
        AgentChatStream stream = await chat.SendMessageAsync("go", Within.Time());
        await foreach (UIMessageChunk _ in stream.WithCancellation(Within.Time()))
        {
            await Connection.CancelRunAsync(runId!, Within.Time());
            break;
        }

        await using AgentChat other = Create("endless");

        Assert.Null(await other.ReconnectAsync(Within.Time()));
    }

    [Fact]
    public async Task ClientData_IsSentAsItIsAtTheTime()
    {
        await using AgentChat<Client> chat = Agents.Create(new AgentChatOptions<Client> { Agent = "echo", ChatId = ChatId, ClientData = new("u1", "pro") });
        Assert.Equal("""you said: hi ({"userId":"u1","plan":"pro"})""", await chat.TextAsync("hi", Within.Time()));
        chat.ClientData = new("u1", "free");
        Assert.Equal("""you said: ho ({"userId":"u1","plan":"free"})""", await chat.TextAsync("ho", Within.Time()));
    }

    [Fact]
    public async Task Restored_FromTheLastEventId_AnswersTheNextMessageOnly()
    {
        string? saved = null;
        await using (AgentChat chat = Agents.Create(new()
        {
            Agent = "echo",
            ChatId = ChatId,
            OnTurnComplete = (lastEventId, _) =>
            {
                saved = lastEventId;
                return Task.CompletedTask;
            },
        }))
        {
            await chat.TextAsync("one", Within.Time());
            Assert.Equal(chat.LastEventId, saved);
        }

        await using AgentChat restored = Agents.Create(new() { Agent = "echo", ChatId = ChatId, Session = new() { LastEventId = saved } });
        Assert.Equal("you said: two", await restored.TextAsync("two", Within.Time()));
    }

    [Fact]
    public async Task Regenerate_AsksAgain()
    {
        await using AgentChat chat = Create("echo");
        await chat.TextAsync("hi", Within.Time());
        AgentChatStream again = await chat.RegenerateAsync(Within.Time());
        Assert.Equal("again: hi", await again.TextAsync(Within.Time()));
    }

    [Fact]
    public async Task Action_WithoutAnAnswer_HasNoChunks_AndTheNextMessageIsNotEndedByIt()
    {
        await using AgentChat chat = Create("echo");
        await chat.TextAsync("hi", Within.Time());
        AgentChatStream undo = await chat.SendActionAsync(new { type = "undo" }, Within.Time());
        AgentChatStream next = await chat.SendMessageAsync("next", Within.Time());

        Assert.Equal("you said: next", await next.TextAsync(Within.Time()));
        Assert.Null((await undo.ResultAsync(Within.Time())).Message);
    }

    [Fact]
    public async Task Stop_EndsTheTurn_AndTheNextMessageIsAnswered()
    {
        await using AgentChat chat = Create("endless");
        AgentChatStream stream = await chat.SendMessageAsync("go", Within.Time());
        AgentChatResult result = await ReadAndAsync(stream, () => chat.StopAsync(Within.Time()));
        Assert.True(result.Stopped);
        Assert.Contains("tick", result.Text, StringComparison.Ordinal);

        AgentChatStream second = await chat.SendMessageAsync("go", Within.Time());
        AgentChatResult again = await ReadAndAsync(second, () => chat.StopAsync(Within.Time()));
        Assert.StartsWith("tick", again.Text, StringComparison.Ordinal);
        Assert.NotEqual(result.Message!.Id, again.Message!.Id);
    }

    [Fact]
    public async Task CancellingTheSend_StopsTheTurn()
    {
        await using AgentChat chat = Create("endless");
        using var leaving = new CancellationTokenSource();
        AgentChatStream stream = await chat.SendMessageAsync("go", leaving.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ReadAndAsync(stream, leaving.CancelAsync));

        // Had it not been stopped, this would go on for ever.
        AgentChatStream? rest = await chat.ReconnectAsync(Within.Time());
        Assert.True(rest is null || (await rest.ResultAsync(Within.Time())).Stopped);
    }

    [Fact]
    public async Task Leaving_StopsNothing()
    {
        await using AgentChat chat = Create("count");
        await foreach (UIMessageChunk chunk in await chat.SendMessageAsync("200", Within.Time()))
        {
            if (chunk is TextDeltaChunk)
            {
                break;
            }
        }

        AgentChatStream? rest = await chat.ReconnectAsync(Within.Time());
        Assert.Equal(Numbers(200), await rest!.TextAsync(Within.Time()));
    }

    [Fact]
    public async Task Approval_Given_GoesOnWithTheSameMessage()
    {
        await using AgentChat chat = Create("asks");
        AgentChatResult asked = await (await chat.SendMessageAsync("ann", Within.Time())).ResultAsync(Within.Time());
        string approval = Assert.Single(asked.Message!.Approvals).Id;

        AgentChatResult done = await (await chat.ApproveAsync(approval, approved: true, cancellationToken: Within.Time())).ResultAsync(Within.Time());

        Assert.Equal(asked.Message.Id, done.Message!.Id);
        Assert.Equal("Sent.", done.Text);
        Assert.True(Assert.Single(done.ToolResults).Output!.Value.GetProperty("sent").GetBoolean());
        Assert.Equal("ann", Assert.Single(done.ToolCalls).Input!.Value.GetProperty("to").GetString());
    }

    [Fact]
    public async Task Approval_RefusedInAnotherProcess_FindsTheQuestionInTheTranscript()
    {
        await using (AgentChat chat = Create("asks"))
        {
            await (await chat.SendMessageAsync("ann", Within.Time())).ResultAsync(Within.Time());
        }

        await using AgentChat other = Create("asks");
        AgentChatStream stream = await other.ApproveAsync("approval", approved: false, "not now", Within.Time());
        AgentChatResult result = await stream.ResultAsync(Within.Time());

        Assert.Equal("Not sent: not now", result.Text);
        Assert.True(Assert.Single(result.ToolResults).IsDenied);
    }

    [Fact]
    public async Task Approval_ThatNobodyAskedFor_IsRefusedHere()
    {
        await using AgentChat chat = Create("echo");
        await chat.TextAsync("hi", Within.Time());
        SessionException exception = await Assert.ThrowsAsync<SessionException>(() => chat.ApproveAsync("forged", true, cancellationToken: Within.Time()));
        Assert.Equal(SessionErrorCode.InvalidRequest, exception.Code);
    }

    [Fact]
    public async Task EndRun_EndsTheRunOnly_CloseEndsTheSession()
    {
        await using AgentChat chat = Create("history");
        await chat.TextAsync("a", Within.Time());
        await chat.EndRunAsync(Within.Time());
        Assert.Equal("2", await chat.TextAsync("b", Within.Time()));

        await chat.CloseAsync("enough", Within.Time());
        SessionException exception = await Assert.ThrowsAsync<SessionException>(() => chat.SendMessageAsync("c", Within.Time()));
        Assert.Equal((SessionErrorCode.SessionClosed, "enough"), (exception.Code, exception.ClosedReason));
        Assert.False(await chat.SteerAsync("d", Within.Time()));
    }

    [Fact]
    public async Task Steer_ThatIsNotTakenIn_DoesNotAnswerTheNextSend()
    {
        await using AgentChat chat = Create("echo");
        await chat.TextAsync("one", Within.Time());
        Assert.True(await chat.SteerAsync("aside", Within.Time()));
        Assert.Equal("you said: two", await chat.TextAsync("two", Within.Time()));
    }

    [Fact]
    public async Task SendRaw_SendsTheLastWithItsFiles()
    {
        await using AgentChat chat = Create("echo");
        UIMessage file = UIMessage.User("m2", "see") with { Parts = [new TextPart("see"), new FilePart("image/png", "https://example.com/a.png")] };
        AgentChatStream stream = await chat.SendRawAsync([UIMessage.User("m1", "ignored"), file], Within.Time());
        Assert.Equal("you said: see", await stream.TextAsync(Within.Time()));
    }

    [Fact]
    public async Task Stream_ReadTwice_IsRefused()
    {
        await using AgentChat chat = Create("echo");
        AgentChatStream stream = await chat.SendMessageAsync("hi", Within.Time());
        await stream.TextAsync(Within.Time());
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.TextAsync(Within.Time()));
    }

    [Fact]
    public async Task ManyChats_AtOnce_DoNotMix()
    {
        string[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            await using AgentChat chat = Agents.Create(new() { Agent = "echo" });
            return await chat.TextAsync($"{i}", Within.Time());
        }));
        Assert.Equal(Enumerable.Range(0, 20).Select(static i => $"you said: {i}"), answers);
    }

    [Fact]
    public async Task AsChatClient_SendsWhatIsNew_AndStreamsTheAnswer()
    {
        await using AgentChat chat = Create("echo");
        IChatClient client = chat.AsChatClient();
        ChatResponse response = await client.GetResponseAsync(
            [new(ChatRole.System, "be kind"), new(ChatRole.User, "old"), new(ChatRole.Assistant, "answered"), new(ChatRole.User, "new")],
            cancellationToken: Within.Time());

        Assert.Equal("you said: new", response.Text);
        Assert.Equal(ChatId, response.ConversationId);
    }

    [Theory]
    [InlineData(" a")]
    [InlineData("a\t")]
    [InlineData(" ")]
    public void Create_WithWhiteSpaceAroundTheId_IsRefused(string chatId) =>
        Assert.Throws<ArgumentException>(() => Agents.Create(new() { Agent = "echo", ChatId = chatId }));

    protected static string Numbers(int count) => string.Concat(Enumerable.Range(0, count).Select(static i => $"{i} "));

    private AgentChat Create(string agent) => Agents.Create(new() { Agent = agent, ChatId = ChatId });

    /// <summary>Reads a turn and does something once it has begun to speak.</summary>
    private static async Task<AgentChatResult> ReadAndAsync(AgentChatStream stream, Func<Task> act)
    {
        bool acted = false;
        await foreach (UIMessageChunk chunk in stream.WithCancellation(Within.Time()))
        {
            if (chunk is TextDeltaChunk && !acted)
            {
                acted = true;
                await act();
            }
        }

        return stream.SoFar;
    }

    private sealed record Client(string UserId, string Plan);
}

/// <summary>Chats over HTTP.</summary>
public sealed class HttpAgentChatTests(AgentServer server) : AgentChatContract, IClassFixture<AgentServer>
{
    private static readonly HttpClient _http = new();

    protected override IAgentChatFactory Agents { get; } = new AgentSessionsClient(new() { BaseUrl = server.BaseUrl, SecretKey = AgentServer.Key });

    protected override ISessionConnection Connection { get; } =
        new Client.Http.HttpSessionConnection(_http, new() { BaseUrl = server.BaseUrl, SecretKey = AgentServer.Key });
}

/// <summary>Chats in the engine's process.</summary>
public sealed class EngineAgentChatTests(AgentServer server) : AgentChatContract, IClassFixture<AgentServer>
{
    protected override IAgentChatFactory Agents { get; } = Core.Clients.EngineAgentChats.Create(server.Engine, server.Environment);

    protected override ISessionConnection Connection { get; } = new Core.Clients.EngineSessionConnection(server.Engine, server.Environment);
}
