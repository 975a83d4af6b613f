using AgentSessions.Client.Tests.Hosting;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Client.Tests.Chats;

/// <summary>Which records on <c>out</c> a stream takes for its own.</summary>
public sealed class TurnMatchingTests
{
    [Fact]
    public async Task Send_WhenNothingWasSaidBefore_GivesItsChunksUpToTheBoundary()
    {
        var server = new ScriptedConnection { Exists = false, OnInput = static (server, sequence, _) => server.Answer("m1", "hello").Boundary(sequence) };
        await using AgentChat chat = Hosting.Chats.Over(server);

        AgentChatStream stream = await chat.SendMessageAsync("hi", Within.Time());
        List<UIMessageChunk> chunks = await ListAsync(stream);

        Assert.Equal(["start", "start-step", "text-start", "text-delta", "text-end", "finish-step", "finish"], chunks.Select(chunk => chunk.Type));
        Assert.Equal("7", chat.LastEventId);
    }

    [Fact]
    public async Task Send_AfterTurnsOfOthers_PassesOverThem()
    {
        var server = new ScriptedConnection().Answer("old", "old words").Boundary(0);
        server.PartIds.Add("somebody");
        server.In.Add(default);
        server.OnInput = static (server, sequence, _) => server.Answer("new", "new words").Boundary(sequence);
        await using AgentChat chat = Hosting.Chats.Over(server);

        Assert.Equal("new words", await chat.TextAsync("hi", Within.Time()));
    }

    [Fact]
    public async Task Send_WhileAnothersTurnRuns_HoldsItsChunksAndGivesNone()
    {
        var server = new ScriptedConnection { IsSettled = false }.Say(new StartChunk("theirs"), new TextStartChunk("t"));
        server.PartIds.Add("somebody");
        server.In.Add(default);
        server.OnInput = static (server, sequence, _) => server
            .Say(new TextDeltaChunk("t", "theirs")).Boundary(sequence - 1)
            .Answer("ours", "ours").Boundary(sequence);
        await using AgentChat chat = Hosting.Chats.Over(server);

        List<UIMessageChunk> chunks = await ListAsync(await chat.SendMessageAsync("hi", Within.Time()));

        Assert.Equal("ours", Assert.Single(chunks.OfType<TextDeltaChunk>()).Delta);
    }

    [Fact]
    public async Task Send_WhenABoundaryOfABygoneInputComesFirst_DoesNotEndOnIt()
    {
        var server = new ScriptedConnection { Exists = false };
        await using AgentChat chat = Hosting.Chats.Over(server);
        AgentChatStream undo = await chat.SendActionAsync(new { type = "undo" }, Within.Time());
        AgentChatStream message = await chat.SendMessageAsync("hi", Within.Time());
        server.Boundary(0).Answer("m", "answer").Boundary(1);

        Assert.Equal("answer", await message.TextAsync(Within.Time()));
        Assert.Empty(await ListAsync(undo));
    }

    [Fact]
    public async Task Send_AfterAStopOfItsOwn_StreamsAtOnce()
    {
        var server = new ScriptedConnection { Exists = false };
        await using AgentChat chat = Hosting.Chats.Over(server);
        server.OnInput = static (server, sequence, _) => server.Answer("m0", "first").Boundary(sequence);
        await chat.TextAsync("one", Within.Time());
        server.OnInput = null;
        await chat.StopAsync(Within.Time());

        AgentChatStream stream = await chat.SendMessageAsync("two", Within.Time());
        server.Say(new StartChunk("m2"));
        await using IAsyncEnumerator<UIMessageChunk> chunks = stream.GetAsyncEnumerator(Within.Time());

        // The boundary is not there yet, so a chunk can only come if the stop is known to cause no turn.
        Assert.True(await chunks.MoveNextAsync());
    }

    [Fact]
    public async Task Send_ToASessionThatAnotherProcessHasPreloaded_StreamsAtOnce()
    {
        var server = new ScriptedConnection { IsSettled = false, IsIdle = true };
        await using AgentChat chat = Hosting.Chats.Over(server);

        AgentChatStream stream = await chat.SendMessageAsync("hi", Within.Time());
        server.Say(new StartChunk("m"));
        await using IAsyncEnumerator<UIMessageChunk> chunks = stream.GetAsyncEnumerator(Within.Time());

        Assert.True(await chunks.MoveNextAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Send_RestoredWhileAnothersMessageWaits_HoldsItsAnswer(bool reconnects)
    {
        var server = new ScriptedConnection().Answer("old", "old").Boundary(0).Add("", new RecordHeader("", ControlHeaders.Trim));
        server.PartIds.AddRange(["answered", "theirs"]);
        server.In.AddRange([default, default]);
        server.OnInput = static (server, sequence, _) => server.Answer("theirs", "theirs").Boundary(sequence - 1).Answer("ours", "ours").Boundary(sequence);
        await using AgentChat chat = Hosting.Chats.Over(server, new() { Agent = "agent", ChatId = "chat", Session = new() { LastEventId = "7" } });
        if (reconnects)
        {
            Assert.Null(await chat.ReconnectAsync(Within.Time()));
        }

        List<UIMessageChunk> chunks = await ListAsync(await chat.SendMessageAsync("hi", Within.Time()));

        Assert.Equal("ours", Assert.Single(chunks.OfType<TextDeltaChunk>()).Delta);
    }

    [Fact]
    public async Task Send_WhenTheRunningTurnTakesItIn_GivesThatTurn()
    {
        var server = new ScriptedConnection { IsSettled = false }.Say(new StartChunk("running"));
        server.PartIds.Add("somebody");
        server.In.Add(default);
        await using AgentChat chat = Hosting.Chats.Over(server);
        AgentChatStream stream = await chat.SendMessageAsync(UIMessage.User("mine", "also this"), Within.Time());
        server.Say(new DataChunk(DataPart.PendingMessageInjected, UIJson.ToElement(new { messageIds = new[] { "mine" } })));

        await using IAsyncEnumerator<UIMessageChunk> chunks = stream.GetAsyncEnumerator(Within.Time());
        Assert.True(await chunks.MoveNextAsync());
        Assert.IsType<StartChunk>(chunks.Current);
    }

    [Fact]
    public async Task Result_AfterACrashInTheMiddle_DropsWhatTheDeadAttemptHadSaid()
    {
        var server = new ScriptedConnection
        {
            Exists = false,
            OnInput = static (server, sequence, _) => server
                .Say(new StartChunk("dead"), new StartStepChunk(), new TextStartChunk("t"), new TextDeltaChunk("t", "half an ans"), new FinishStepChunk())
                .Answer("fresh", "the answer").Boundary(sequence),
        };
        await using AgentChat chat = Hosting.Chats.Over(server);

        AgentChatResult result = await (await chat.SendMessageAsync("hi", Within.Time())).ResultAsync(Within.Time());

        Assert.Equal("the answer", result.Text);
        Assert.Equal("fresh", result.Message!.Id);
    }

    [Fact]
    public async Task Result_WhenTheSuccessorGoesOnWithTheMessage_KeepsIt()
    {
        var server = new ScriptedConnection
        {
            Exists = false,
            OnInput = static (server, sequence, _) => server
                .Say(new StartChunk("m"), new TextStartChunk("t"), new TextDeltaChunk("t", "before "), new FinishStepChunk())
                .Say(new StartChunk("m"), new TextStartChunk("u"), new TextDeltaChunk("u", "after"), new FinishChunk()).Boundary(sequence),
        };
        await using AgentChat chat = Hosting.Chats.Over(server);

        Assert.Equal("before after", await chat.TextAsync("hi", Within.Time()));
    }

    [Fact]
    public async Task Read_WhenTheSessionClosesUnanswered_ThrowsWithTheReason()
    {
        var server = new ScriptedConnection { Exists = false, OnInput = static (server, _, _) => server.Closed("done") };
        await using AgentChat chat = Hosting.Chats.Over(server);
        AgentChatStream stream = await chat.SendMessageAsync("hi", Within.Time());

        SessionException exception = await Assert.ThrowsAsync<SessionException>(() => stream.TextAsync(Within.Time()));

        Assert.Equal((SessionErrorCode.SessionClosed, "done"), (exception.Code, exception.ClosedReason));
    }

    [Fact]
    public async Task Text_OfAFailedTurn_ThrowsWhatTheAgentSays()
    {
        var server = new ScriptedConnection
        {
            Exists = false,
            OnInput = static (server, sequence, _) => server
                .Say(new StartChunk("m"), new TextStartChunk("t"), new TextDeltaChunk("t", "part"), new ErrorChunk("boom")).Boundary(sequence),
        };
        await using AgentChat chat = Hosting.Chats.Over(server);

        AgentTurnException exception = await Assert.ThrowsAsync<AgentTurnException>(() => chat.TextAsync("hi", Within.Time()));

        Assert.Equal(("boom", "part"), (exception.Message, exception.Result.Text));
    }

    [Fact]
    public async Task OddRecords_ArePassedOver()
    {
        var server = new ScriptedConnection
        {
            Exists = false,
            OnInput = static (server, sequence, _) => server
                .Add("not json").Add("{\"data\":\"a string\",\"id\":\"a\"}").Add("{\"data\":{\"type\":\"trigger:turn-complete\"},\"id\":\"b\"}")
                .Add("", new RecordHeader("", ControlHeaders.Trim)).Add("", new RecordHeader(ControlHeaders.Control, ControlHeaders.KeepAlive))
                .Answer("m", "fine").Boundary(sequence),
        };
        await using AgentChat chat = Hosting.Chats.Over(server);

        Assert.Equal("fine", await chat.TextAsync("hi", Within.Time()));
    }

    private static async Task<List<UIMessageChunk>> ListAsync(AgentChatStream stream)
    {
        var chunks = new List<UIMessageChunk>();
        await foreach (UIMessageChunk chunk in stream.WithCancellation(Within.Time()))
        {
            chunks.Add(chunk);
        }

        return chunks;
    }
}
