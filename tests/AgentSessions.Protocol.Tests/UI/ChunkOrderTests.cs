using AgentSessions.Protocol.UI;

namespace AgentSessions.Protocol.Tests.UI;

/// <summary>Each rule, and how its breach is reported.</summary>
public sealed class ChunkOrderTests
{
    private static readonly ToolInputAvailableChunk Call = new("c1", "lookup", UIJson.Null);

    public static TheoryData<ChunkRule, string?, UIMessageChunk[]> Refused => new()
    {
        { ChunkRule.StartFirst, null, [new TextStartChunk("t")] },
        { ChunkRule.StartFirst, null, [new DataChunk("x", UIJson.Null)] },
        { ChunkRule.StartFirst, null, [new FinishChunk()] },
        { ChunkRule.StartOnce, "m", [new StartChunk("m"), new StartChunk("m")] },
        { ChunkRule.IdUnique, "t", [new StartChunk(), new TextStartChunk("t"), new TextStartChunk("t")] },
        { ChunkRule.IdOpen, "t", [new StartChunk(), new TextDeltaChunk("t", "x")] },
        { ChunkRule.IdOpen, "t", [new StartChunk(), new ReasoningStartChunk("t"), new TextDeltaChunk("t", "x")] },
        { ChunkRule.IdOpen, "t", [new StartChunk(), new TextStartChunk("t"), new TextEndChunk("t"), new TextEndChunk("t")] },
        { ChunkRule.IdOpen, "r", [new StartChunk(), new ReasoningStartChunk("r"), new FinishStepChunk(), new ReasoningDeltaChunk("r", "x")] },
        { ChunkRule.ToolInputStarted, "c1", [new StartChunk(), Call, new ToolInputDeltaChunk("c1", "{")] },
        { ChunkRule.ToolKnown, "c2", [new StartChunk(), Call, new ToolOutputAvailableChunk("c2", UIJson.Null)] },
        { ChunkRule.ToolKnown, "c2", [new StartChunk(), new ToolOutputErrorChunk("c2", "no")] },
        { ChunkRule.ToolKnown, "c2", [new StartChunk(), new ToolOutputDeniedChunk("c2")] },
        { ChunkRule.ToolKnown, "c2", [new StartChunk(), new ToolApprovalRequestChunk("a", "c2")] },
        { ChunkRule.ErrorLast, null, [new StartChunk(), new ErrorChunk("boom"), new FinishChunk()] },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Breach_NamesTheRuleAndTheId(ChunkRule rule, string? id, UIMessageChunk[] chunks)
    {
        var order = new ChunkOrder();
        foreach (var chunk in chunks[..^1])
        {
            order.Accept(chunk);
        }

        var refused = Assert.Throws<ChunkOrderException>(() => order.Accept(chunks[^1]));

        Assert.Equal((rule, id, chunks[^1].Type), (refused.Rule, refused.ChunkId, refused.ChunkType));
        Assert.Contains(rule.ToString(), refused.Message);
        Assert.Contains(chunks[^1].Type, refused.Message);
        Assert.Contains(id ?? "", refused.Message);
    }

    [Fact]
    public void TransientDataAbortAndError_NeedNoStart()
    {
        var order = new ChunkOrder();

        order.Accept(new DataChunk("status", UIJson.Null) { Transient = true });
        order.Accept(Wire.Chunk("""{"type":"future"}"""));
        order.Accept(new AbortChunk());
        order.Accept(new ErrorChunk("boom"));

        Assert.True(order.IsFailed);
        Assert.False(order.IsStarted);
    }

    [Fact]
    public void AnIdThatWasEnded_MayOpenAgain()
    {
        var order = new ChunkOrder();
        UIMessageChunk[] chunks =
        [
            new StartChunk("m"), new StartStepChunk(), new TextStartChunk("t"), new TextEndChunk("t"), new TextStartChunk("t"),
            new FinishStepChunk(), new StartStepChunk(), new TextStartChunk("t"), new TextDeltaChunk("t", "x"),
        ];

        Assert.All(chunks, order.Accept);
        Assert.True(order.IsStepOpen);
    }

    [Fact]
    public void OutputsOfAnEarlierStep_AreAccepted()
    {
        var order = new ChunkOrder();
        UIMessageChunk[] chunks =
            [new StartChunk(), new StartStepChunk(), Call, new FinishStepChunk(), new StartStepChunk(), new ToolOutputAvailableChunk("c1", default)];

        Assert.All(chunks, order.Accept);
    }

    [Fact]
    public void ContinuedMessage_KnowsItsCallsAndNeedsNoStart()
    {
        var message = new UIMessage { Id = "m", Role = UIMessageRole.Assistant, Parts = [new ToolPart("send", "c1", ToolPartState.ApprovalResponded)] };

        new ChunkOrder(message).Accept(new ToolOutputDeniedChunk("c1"));

        var restarted = new ChunkOrder(message);
        restarted.Accept(new StartChunk("m"));
        restarted.Accept(new ToolOutputAvailableChunk("c1", UIJson.Null));
    }

    [Fact]
    public void ContinuedMessage_KeepsItsIdAndStartsFirst()
    {
        var message = UIMessage.Assistant("m", "x");

        Assert.Equal(ChunkRule.StartOnce, Assert.Throws<ChunkOrderException>(() => new ChunkOrder(message).Accept(new StartChunk("other"))).Rule);

        var begun = new ChunkOrder(message);
        begun.Accept(new StartStepChunk());
        Assert.Equal(ChunkRule.StartFirst, Assert.Throws<ChunkOrderException>(() => begun.Accept(new StartChunk("m"))).Rule);
    }

    [Fact]
    public void EndsOfOpenParts_ComeInTheOrderTheyWereOpened()
    {
        var order = new ChunkOrder();
        UIMessageChunk[] chunks =
        [
            new StartChunk(), new TextStartChunk("1"), new ReasoningStartChunk("2"), new TextStartChunk("3"), new TextEndChunk("1"),
            new TextStartChunk("1"),
        ];
        Assert.All(chunks, order.Accept);

        Assert.Equal([new ReasoningEndChunk("2"), new TextEndChunk("3"), new TextEndChunk("1")], order.EndsOfOpenParts());
    }
}
