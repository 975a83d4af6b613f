using AgentSessions.Protocol.UI;

namespace AgentSessions.Protocol.Tests.UI;

/// <summary>What a booting run makes of the tail of <c>out</c>.</summary>
public sealed class OutReplayTests
{
    private static readonly UIMessageChunk? Boundary = null;

    private static OutReplayResult Replay(params UIMessageChunk?[] records) => ReplayOver([], records);

    private static OutReplayResult ReplayOver(UIMessage[] stored, params UIMessageChunk?[] records)
    {
        var replay = new OutReplay(stored);
        foreach (var record in records)
        {
            if (record is null)
            {
                replay.AddBoundary();
            }
            else
            {
                replay.Add(record);
            }
        }

        return replay.Complete();
    }

    private static UIMessageChunk?[] Begun(string id, string text) =>
        [new StartChunk(id), new StartStepChunk(), new TextStartChunk("t"), new TextDeltaChunk("t", text)];

    private static UIMessageChunk?[] Whole(string id, string text) =>
        [.. Begun(id, text), new TextEndChunk("t"), new FinishStepChunk(), new FinishChunk()];

    private static string[] Texts(OutReplayResult result) => [.. result.Settled.Select(settled => settled.Message.Text)];

    [Fact]
    public void FinishedAnswers_AreSettledInOrder()
    {
        var result = Replay([.. Whole("a", "1"), Boundary, .. Whole("b", "2"), Boundary]);

        Assert.Equal(["1", "2"], Texts(result));
        Assert.All(result.Settled, settled => Assert.True(settled.IsFinal));
        Assert.Null(result.Partial);
    }

    [Fact]
    public void AnswerWithoutBoundary_IsSettledByItsFinish() => Assert.Equal(["1"], Texts(Replay(Whole("a", "1"))));

    [Fact]
    public void AnUnfinishedTail_IsThePartial()
    {
        var result = Replay([.. Whole("a", "1"), Boundary, .. Begun("b", "half"), new ToolInputAvailableChunk("c", "x", UIJson.Null)]);

        Assert.Equal(["1"], Texts(result));
        Assert.Equal(("b", "half"), (result.Partial!.Id, result.Partial.Text));
        Assert.Empty(result.Partial.Tools);
        Assert.Equal(TextPartState.Done, result.Partial.Parts.OfType<TextPart>().Single().State);
        Assert.Equal(["c"], result.PendingToolCalls.Select(call => call.ToolCallId));
        Assert.Equal(TextPartState.Streaming, result.RawPartial!.Parts.OfType<TextPart>().Single().State);
    }

    [Fact]
    public void AnAnswerThatSaidNothing_IsNoPartial() =>
        Assert.Null(Replay(new StartChunk("a"), new StartStepChunk()).RawPartial);

    [Fact]
    public void ABoundary_ClosesAStoppedOrFailedAnswer()
    {
        var result = Replay(
        [
            .. Begun("a", "stopped"), new AbortChunk(), new FinishStepChunk(), new FinishChunk(), Boundary,
            .. Begun("b", "failed"), new ErrorChunk("boom"), Boundary,
            .. Begun("c", "cut"), new ToolInputAvailableChunk("x", "x", UIJson.Null), Boundary,
        ]);

        Assert.Equal(["stopped", "failed", "cut"], Texts(result));
        Assert.All(result.Settled, settled => Assert.False(settled.IsFinal));
        Assert.All(result.Settled, settled => Assert.Equal(TextPartState.Done, settled.Message.Parts.OfType<TextPart>().Single().State));
        Assert.Empty(result.Settled[2].Message.Tools);
        Assert.Null(result.Partial);
    }

    [Fact]
    public void AQuestionToTheUser_StaysOpenInAFinishedAnswer()
    {
        var result = Replay(new StartChunk("a"), new ToolInputAvailableChunk("q", "ask", UIJson.Null), new FinishChunk(), Boundary);

        Assert.Equal(ToolPartState.InputAvailable, result.Settled[0].Message.Tools.Single().State);
    }

    [Fact]
    public void DataBehindFinish_BelongsToTheAnswer()
    {
        var result = Replay([.. Whole("a", "1"), new DataChunk("cost", Wire.Element("2")), Boundary, new DataChunk("stray", UIJson.Null)]);

        Assert.Equal("data-cost", result.Settled.Single().Message.Parts[^1].Type);
    }

    [Fact]
    public void AnAttemptAnsweredAfresh_IsDropped() =>
        Assert.Equal(["fresh"], Texts(Replay([.. Begun("a", "dead"), new FinishStepChunk(), .. Whole("b", "fresh"), Boundary])));

    [Fact]
    public void AnAbandonedAttempt_IsDropped()
    {
        var replay = new OutReplay([]);
        foreach (var chunk in Begun("a", "dead"))
        {
            replay.Add(chunk!);
        }

        replay.AddAbandoned();
        replay.AddBoundary();

        var result = replay.Complete();
        Assert.Empty(result.Settled);
        Assert.Null(result.Partial);
    }

    [Fact]
    public void AnAttemptContinuedUnderItsId_IsOneMessage()
    {
        var result = Replay([.. Begun("a", "one "), new FinishStepChunk(), .. Whole("a", "two"), Boundary]);

        Assert.Equal(["one two"], Texts(result));
    }

    [Fact]
    public void AnApprovedCall_ContinuesTheStoredMessage()
    {
        var stored = Wire.Message("""{"id":"a","role":"assistant","parts":[{"type":"tool-send","toolCallId":"c","state":"approval-responded","input":1,"approval":{"id":"p","approved":true}}]}""");
        UIMessageChunk?[] records = [new StartChunk("a"), new ToolOutputAvailableChunk("c", Wire.Element("2")), new FinishChunk(), Boundary];

        var tool = ReplayOver([stored], records).Settled.Single().Message.Tools.Single();

        Assert.Equal((ToolPartState.OutputAvailable, true), (tool.State, tool.Approval!.Approved!.Value));
        Assert.Empty(Replay(records).Settled);
    }

    [Fact]
    public void AMessageContinuedWithinTheTail_IsSettledOnce()
    {
        var result = Replay([.. Whole("a", "one "), Boundary, .. Whole("b", "x"), Boundary, .. Whole("a", "two"), Boundary]);

        Assert.Equal(["one two", "x"], Texts(result));
    }

    [Fact]
    public void AMalformedAnswer_IsSkippedAlone()
    {
        var result = Replay([.. Begun("a", "1"), new TextDeltaChunk("none", "x"), new FinishChunk(), Boundary, .. Whole("b", "2"), Boundary]);

        Assert.Equal(["2"], Texts(result));
    }

    [Fact]
    public void AMalformedTail_IsNoPartial() =>
        Assert.Null(Replay([.. Begun("a", "1"), new TextDeltaChunk("none", "x")]).Partial);

    [Fact]
    public void ChunksOutsideOfMessages_AreSkipped()
    {
        var result = Replay([new TextDeltaChunk("t", "x"), new DataChunk("d", UIJson.Null), Boundary, new StartChunk(), new FinishChunk(), .. Whole("a", "1")]);

        Assert.Equal(["1"], Texts(result));
    }

    [Fact]
    public void MergeInto_ReplacesInPlaceAndAppends()
    {
        UIMessage[] stored = [UIMessage.User("u1", "q"), UIMessage.Assistant("a", "old"), UIMessage.User("u2", "q")];
        var settled = new OutReplayResult(
        [
            new(UIMessage.Assistant("b", "new"), IsFinal: true),
            new(UIMessage.Assistant("a", "newer"), IsFinal: true),
        ]);

        Assert.Equal(["q", "newer", "q", "new"], settled.MergeInto(stored).Select(message => message.Text));
    }
}
