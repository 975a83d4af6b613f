using AgentSessions.Client.Tests.Hosting;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Client.Tests.Chats;

/// <summary>What a chat does when windows break, and where it goes on.</summary>
public sealed class ResumeTests
{
    private static readonly SessionException _cut = new(SessionErrorCode.ServerUnreachable, "cut");

    [Fact]
    public async Task Read_WhenEveryWindowIsCutAfterOneRecord_GivesEachChunkOnce()
    {
        var server = new ScriptedConnection { Exists = false, RecordsInWindow = static _ => 1 };
        server.OnInput = static (server, sequence, _) => server
            .Say(new StartChunk("m"), new TextStartChunk("t"))
            .Say([.. Enumerable.Range(0, 50).Select(i => new TextDeltaChunk("t", $"{i} "))]).Boundary(sequence);
        await using AgentChat chat = Hosting.Chats.Over(server);

        string text = await chat.TextAsync("hi", Within.Time());

        Assert.Equal(string.Concat(Enumerable.Range(0, 50).Select(i => $"{i} ")), text);
    }

    [Fact]
    public async Task Read_WhenNothingComesInAnyWindow_GivesUpAfterABoundedNumber()
    {
        var server = new ScriptedConnection { Exists = false, AtEnd = static _ => WindowEnd.Silent };
        await using AgentChat chat = Hosting.Chats.Over(server);
        AgentChatStream stream = await chat.SendMessageAsync("hi", Within.Time());

        SessionException exception = await Assert.ThrowsAsync<SessionException>(() => stream.TextAsync(Within.Time()));

        Assert.Equal(SessionErrorCode.TimedOut, exception.Code);
        Assert.Equal(5, server.Windows.Count);
    }

    [Fact]
    public async Task Read_WhenTheServerStaysAway_GivesUpAfterABoundedNumber()
    {
        var server = new ScriptedConnection { Exists = false, AtEnd = static _ => WindowEnd.Cut };
        await using AgentChat chat = Hosting.Chats.Over(server);
        AgentChatStream stream = await chat.SendMessageAsync("hi", Within.Time());

        SessionException exception = await Assert.ThrowsAsync<SessionException>(() => stream.TextAsync(Within.Time()));

        Assert.Equal(SessionErrorCode.ServerUnreachable, exception.Code);
        Assert.Equal(Hosting.Chats.Quick.MaxFailures, server.Windows.Count);
    }

    [Fact]
    public async Task Read_WhenRecordsComeBetweenFailures_RefillsTheBudget()
    {
        // One record, then a cut, 40 times over: four budgets' worth.
        var server = new ScriptedConnection { Exists = false, RecordsInWindow = static number => number % 2 == 0 ? 1 : 0 };
        server.OnInput = static (server, sequence, _) => server
            .Say(new StartChunk("m"), new TextStartChunk("t")).Say([.. Enumerable.Repeat(new TextDeltaChunk("t", "."), 38)]).Boundary(sequence);
        await using AgentChat chat = Hosting.Chats.Over(server);

        Assert.Equal(38, (await chat.TextAsync("hi", Within.Time())).Length);
    }

    [Fact]
    public async Task Send_WhenTheAnswerIsLost_RepeatsWithTheSamePartId()
    {
        var server = new ScriptedConnection { Exists = false };
        server.FailAppend(_cut);
        server.FailAppend(_cut);
        server.OnInput = static (server, sequence, _) => server.Answer("m", "once").Boundary(sequence);
        await using AgentChat chat = Hosting.Chats.Over(server);

        Assert.Equal("once", await chat.TextAsync("hi", Within.Time()));
        Assert.Single(server.In);
    }

    [Fact]
    public async Task Send_WhenTheSessionIsGone_StartsAnewAndDropsTheCursor()
    {
        var server = new ScriptedConnection { Exists = false };
        server.OnInput = static (server, sequence, _) => server.Answer($"m{sequence}", $"answer {sequence}").Boundary(sequence);
        await using AgentChat chat = Hosting.Chats.Over(server, new() { Agent = "agent", ChatId = "chat", Session = new() { LastEventId = "4711" } });

        Assert.Equal("answer 0", await chat.TextAsync("hi", Within.Time()));
        server.Exists = false;
        Assert.Equal("answer 1", await chat.TextAsync("again", Within.Time()));
        Assert.Equal(2, server.Starts.Count);
    }

    [Fact]
    public async Task Leaving_ThenReconnect_GoesOnWithTheNextChunkAndTheWholeText()
    {
        var server = new ScriptedConnection { Exists = false };
        server.OnInput = static (server, _, _) => server
            .Say(new StartChunk("m"), new TextStartChunk("t"), new TextDeltaChunk("t", "one "));
        await using AgentChat chat = Hosting.Chats.Over(server);
        await foreach (UIMessageChunk chunk in await chat.SendMessageAsync("hi", Within.Time()))
        {
            if (chunk is TextDeltaChunk)
            {
                break;
            }
        }

        Assert.Equal("2", chat.LastEventId);
        server.IsSettled = false;
        AgentChatStream? rest = await chat.ReconnectAsync(Within.Time());
        server.Say(new TextDeltaChunk("t", "two"), new TextEndChunk("t"), new FinishChunk()).Boundary(0);

        Assert.Equal("one two", await rest!.TextAsync(Within.Time()));
    }

    [Fact]
    public async Task Reconnect_InAnotherProcessInTheMiddleOfAPart_GivesTheNewChunksAndTheWholeText()
    {
        var server = new ScriptedConnection { IsSettled = false };
        server.Answer("old", "old").Boundary(0).Say(new StartChunk("m"), new TextStartChunk("t"), new TextDeltaChunk("t", "one "));
        server.Say(new TextDeltaChunk("t", "two"), new FinishChunk()).Boundary(1);
        await using AgentChat chat = Hosting.Chats.Over(server, new() { Agent = "agent", ChatId = "chat", Session = new() { LastEventId = "10" } });

        AgentChatStream? stream = await chat.ReconnectAsync(Within.Time());
        List<UIMessage> snapshots = [];
        await foreach (UIMessage message in stream!.MessagesAsync(Within.Time()))
        {
            snapshots.Add(message);
        }

        Assert.Equal(2, snapshots.Count);
        Assert.Equal("one two", snapshots[^1].Text);
    }

    [Fact]
    public async Task Reconnect_AtRest_AnswersNull()
    {
        var server = new ScriptedConnection().Answer("m", "said").Boundary(0);
        await using AgentChat chat = Hosting.Chats.Over(server, new() { Agent = "agent", ChatId = "chat", Session = new() { LastEventId = "7" } });

        Assert.Null(await chat.ReconnectAsync(Within.Time()));
    }

    [Fact]
    public async Task Reconnect_WhereNothingIsOwed_AnswersNullAndHoldsTheNextTurn()
    {
        // A run was cancelled in its middle: there is no boundary, and none comes.
        var server = new ScriptedConnection { IsSettled = false, IsIdle = true }.Say(new StartChunk("m"), new TextStartChunk("t"));
        server.PartIds.Add("somebody");
        server.In.Add(default);
        server.OnInput = static (server, sequence, _) => server.Answer("m", "theirs").Boundary(0).Answer("ours", "ours").Boundary(sequence);
        await using AgentChat chat = Hosting.Chats.Over(server);

        Assert.Null(await chat.ReconnectAsync(Within.Time()));
        Assert.Equal("ours", await chat.TextAsync("hi", Within.Time()));
    }

    [Fact]
    public async Task Reconnect_WhereNothingIsOwedAndATurnWasMissed_GivesIt()
    {
        var server = new ScriptedConnection { IsSettled = false, IsIdle = true }.Answer("m", "said").Boundary(0).Say(new StartChunk("next"));
        await using AgentChat chat = Hosting.Chats.Over(server);

        AgentChatStream? stream = await chat.ReconnectAsync(Within.Time());

        Assert.Equal("said", await stream!.TextAsync(Within.Time()));
        Assert.Null(await chat.ReconnectAsync(Within.Time()));
    }

    [Fact]
    public async Task Reconnect_AfterTheTurnEndedUnread_GivesIt()
    {
        var server = new ScriptedConnection().Answer("m", "said").Boundary(0);
        await using AgentChat chat = Hosting.Chats.Over(server);

        AgentChatStream? stream = await chat.ReconnectAsync(Within.Time());

        Assert.Equal("said", await stream!.TextAsync(Within.Time()));
        Assert.Null(await chat.ReconnectAsync(Within.Time()));
    }

    [Fact]
    public async Task Reconnect_ToTheAnswerOfOneMessage_PassesOverTheTurnsBeforeIt()
    {
        var server = new ScriptedConnection().Answer("a", "first").Boundary(0).Answer("b", "second").Boundary(1).Answer("c", "third").Boundary(2);
        await using AgentChat chat = Hosting.Chats.Over(server);

        AgentChatStream? stream = await chat.ReconnectAsync(inputSequence: 1, Within.Time());

        Assert.Equal(1, stream!.InputSequence);
        Assert.Equal("second", await stream.TextAsync(Within.Time()));
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(1, "second")]
    public async Task Reconnect_ToAMessageBehindABoundary_WaitsOnlyIfItIsNotAnswered(long message, string? expected)
    {
        // Between two turns the stream is at rest, and the next has not begun.
        var server = new ScriptedConnection().Answer("a", "first").Boundary(0);
        await using AgentChat chat = Hosting.Chats.Over(server);
        AgentChatStream? first = await chat.ReconnectAsync(inputSequence: 0, Within.Time());
        await first!.TextAsync(Within.Time());

        AgentChatStream? stream = await chat.ReconnectAsync(message, Within.Time());
        server.Answer("b", "second").Boundary(1);

        Assert.Equal(expected, stream is null ? null : await stream.TextAsync(Within.Time()));
    }

    [Fact]
    public async Task Read_WhenTheStoreWasRestored_FollowsTheStreamBack()
    {
        var server = new ScriptedConnection { Exists = false };
        server.OnInput = static (server, sequence, _) => server.Answer($"m{sequence}", "first").Boundary(sequence);
        await using AgentChat chat = Hosting.Chats.Over(server);
        await chat.TextAsync("one", Within.Time());
        server.OnInput = null;
        server.Restore(keep: 1);
        await using AgentChat restored = Hosting.Chats.Over(
            server, new() { Agent = "agent", ChatId = "chat", Session = new() { LastEventId = chat.LastEventId } });

        AgentChatStream stream = await restored.SendMessageAsync("two", Within.Time());
        server.OnWindow = static (server, _) =>
        {
            server.AddAt(9000, new StartChunk("later"));
            server.AddAt(9001, new TextStartChunk("t"));
            server.AddAt(9002, new TextDeltaChunk("t", "restored"));
            server.Boundary(1);
        };

        Assert.Equal("restored", await stream.TextAsync(Within.Time()));
        Assert.Equal("4", restored.LastEventId);
    }
}
