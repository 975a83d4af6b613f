using AgentSessions.TestServer;

namespace AgentSessions.Server.Tests;

/// <summary>The judge of chats under fire finds what it is there to find.</summary>
public sealed class ChatOracleTests
{
    private const int Messages = 3;

    [Fact]
    public void EveryMessage_AnsweredOnce_IsRight() => Assert.Empty(Judge(Three(), Stored()));

    [Fact]
    public void Answer_OfAnotherText_IsWrong() =>
        Assert.Contains("message 1 was answered with 'You said: message 2'", Wrong(Three(Start("a1"), Delta("You said: message 2"), Boundary(1)), Stored()));

    [Fact]
    public void Answer_ThatLacksItsEnd_IsWrong() =>
        Assert.Contains("message 1 was answered with 'You said: '", Wrong(Three(Start("a1"), Delta("You said: "), Boundary(1)), Stored()));

    [Fact]
    public void Boundary_WithoutAnAnswer_IsWrong() => Assert.Contains("message 1 was answered with ''", Wrong(Three(Boundary(1)), Stored()));

    [Fact]
    public void Boundary_OverTwoMessages_IsWrong() =>
        Assert.Contains("one boundary covers the messages 1 to 2, of which 0 had begun", Wrong(Seen([.. Turn(0), .. Turn(2)]), Stored()));

    [Fact]
    public void Boundary_OfWhatIsAnswered_IsWrong() =>
        Assert.Contains("answers up to message 1, between 2 and 2 expected", Wrong(Seen([.. Turn(0), .. Turn(1), .. Turn(1), .. Turn(2)]), Stored()));

    [Fact]
    public void Message_WithoutABoundary_IsWrong() => Assert.Contains("no boundary covers the messages from 2 to 2", Wrong(Seen([.. Turn(0), .. Turn(1)]), Stored()));

    [Fact]
    public void BrokenOffAnswer_IsKept_WhenTheNextMessagesBoundaryCoversItsOwn()
    {
        var oracle = Oracle();
        Assert.Empty(oracle.Judge(Messages, Seen([.. Turn(0), Start("b1"), Delta("You "), .. Turn(2)]), Stored(("b1", "You "))));
        Assert.Equal(1, oracle.BrokenOff);
    }

    [Fact]
    public void BrokenOffAnswer_OfOneThatIsAnsweredAfresh_IsNotKept()
    {
        WireRecord[] seen = Three(Start("b1"), Delta("You "), Start("a1"), Delta("You said: message 1"), Boundary(1));
        Assert.Empty(Judge(seen, Stored()));
        Assert.Contains("the transcript answers message 1 with", Wrong(seen, Stored(("b1", "You "))));
    }

    [Fact]
    public void BrokenOffAnswer_OtherThanSeen_IsWrong() => Assert.Contains(
        "the transcript answers message 1 with", Wrong(Seen([.. Turn(0), Start("b1"), Delta("You "), .. Turn(2)]), Stored(("b1", "You said: "))));

    [Fact]
    public void BrokenOffAnswer_ToNoMessage_IsWrong() => Assert.Contains(
        "'I say' was begun, which answers none of the messages 1 to 2", Wrong(Seen([.. Turn(0), Start("b1"), Delta("I say"), .. Turn(2)]), Stored(("b1", "I say"))));

    [Fact]
    public void Transcript_WithoutAnAnswer_IsWrong() => Assert.Contains("the transcript answers message 1 with []", Wrong(Three(), [.. Stored().Where(static message => message.Id != "a1")]));

    [Fact]
    public void Transcript_WithAnAnswerTwice_IsWrong()
    {
        WireMessage[] stored = [.. Stored().SelectMany(static message => message.Id == "a1" ? [message, message with { Id = "c1" }] : new[] { message })];
        Assert.Contains("the transcript answers message 1 with", Wrong(Three(), stored));
    }

    [Fact]
    public void Transcript_WithAnotherAnswerThanSeen_IsWrong() => Assert.Contains("the transcript answers message 1 with", Wrong(Three(), Stored(("a1", "You said: message"))));

    [Fact]
    public void Transcript_WithoutAMessage_IsWrong() => Assert.Contains("message 1 expected", Wrong(Three(), [.. Stored().Where(static message => message.Id != "msg-chat-1")]));

    [Fact]
    public void Transcript_InAnotherOrder_IsWrong()
    {
        WireMessage[] stored = Stored();
        Assert.Contains("message 0 expected", Wrong(Three(), [.. stored[2..4], .. stored[..2], .. stored[4..]]));
    }

    [Fact]
    public void Transcript_WithAMessageMore_IsWrong() =>
        Assert.Contains("goes on behind the last message", Wrong(Three(), [.. Stored(), new WireMessage("msg-chat-3", "user", "message 3")]));

    [Fact]
    public void TurnThatNobodySaw_IsJudgedByTheTranscript()
    {
        WireRecord[] seen = [.. Seen([.. Turn(0), .. Turn(1)]), .. Three()[^1..]];
        Assert.Empty(Judge(seen, Stored()));
        Assert.Contains("the transcript answers message 2 with", Wrong(seen, Stored(("a2", "You said: message 1"))));
    }

    [Fact]
    public void Error_IsWrong_UnlessRunsDiedOftenEnough()
    {
        WireRecord[] seen = Three(new WireRecord(0, """{"data":{"type":"error","errorText":"The message could not be answered."},"id":"p"}""", []), Boundary(1));
        WireMessage[] stored = [.. Stored().Where(static message => message.Id != "a1")];
        Assert.Contains("message 1 was answered with the error", Wrong(seen, stored));
        var forgiving = new ChatOracle("chat", _answers, static _ => true);
        Assert.Empty(forgiving.Judge(Messages, seen, stored));
        Assert.Equal(1, forgiving.Abandoned);
    }

    private static readonly DemoAnswers _answers = new("echo", static n => $"chat-{n}", static n => $"message {n}");

    private static ChatOracle Oracle() => new("chat", _answers, static _ => false);

    private static IReadOnlyList<string> Judge(WireRecord[] seen, WireMessage[] stored) => Oracle().Judge(Messages, seen, stored);

    private static string Wrong(WireRecord[] seen, WireMessage[] stored) => string.Join('\n', Judge(seen, stored));

    /// <summary>What a reader saw of three turns, the second of which may be another one.</summary>
    private static WireRecord[] Three(params WireRecord[] second) => Seen([.. Turn(0), .. second is [] ? Turn(1) : second, .. Turn(2)]);

    private static WireRecord[] Seen(params WireRecord[] records) => [.. records.Select(static (record, sequence) => record with { Sequence = sequence })];

    /// <summary>Three messages and their answers, the second of which may be another one.</summary>
    private static WireMessage[] Stored(params (string Id, string Text)[] others) =>
    [
        .. Enumerable.Range(0, Messages).SelectMany(n => new[]
        {
            new WireMessage($"msg-chat-{n}", "user", $"message {n}"),
            others is [var other] && other.Id.EndsWith($"{n}", StringComparison.Ordinal)
                ? new WireMessage(other.Id, "assistant", other.Text)
                : new WireMessage($"a{n}", "assistant", $"You said: message {n}"),
        }),
    ];

    private static WireRecord[] Turn(int message) => [Start($"a{message}"), Delta("You said: "), Delta($"message {message}"), Boundary(message)];

    private static WireRecord Start(string id) => new(0, $$"""{"data":{"type":"start","messageId":"{{id}}"},"id":"p"}""", []);

    private static WireRecord Delta(string text) => new(0, $$"""{"data":{"type":"text-delta","id":"t","delta":"{{text}}"},"id":"p"}""", []);

    private static WireRecord Boundary(int floor) => new(0, "", [("trigger-control", "turn-complete"), ("session-in-event-id", $"{floor}")]);
}
