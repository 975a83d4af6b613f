using AgentSessions.Protocol.UI;

namespace AgentSessions.Protocol.Tests.UI;

/// <summary>What of an incoming message is believed.</summary>
public sealed class UIMessageMergeTests
{
    private static UIMessage Assistant(string parts, string id = "m") =>
        Wire.Message($$"""{"id":"{{id}}","role":"assistant","parts":[{{parts}}]}""");

    private static readonly UIMessage Question = UIMessage.User("u", "hi");

    private static readonly UIMessage Stored = Assistant("""
        {"type":"text","text":"stored"},
        {"type":"tool-ask","toolCallId":"q","state":"input-available","input":{"n":1}},
        {"type":"tool-send","toolCallId":"s","state":"approval-requested","input":{"to":"x"},"approval":{"id":"a1","signature":"sig"}}
        """);

    private static UIMessageMergeResult Merge(string parts, string id = "m", UIMessage? stored = null) =>
        UIMessageMerge.Merge([Question, stored ?? Stored], Assistant(parts, id));

    private static string Tool(UIMessageMergeResult result, string callId) =>
        Wire.Json(result.Messages[1].Tools.Single(tool => tool.ToolCallId == callId));

    [Fact]
    public void NewMessage_IsAppended()
    {
        var result = UIMessageMerge.Merge([Question], UIMessage.User("u2", "more"));

        Assert.Equal(UIMessageMergeKind.Appended, result.Kind);
        Assert.Equal(["u", "u2"], result.Messages.Select(message => message.Id));
    }

    [Fact]
    public void KnownUserMessage_MergesToNothing()
    {
        var result = UIMessageMerge.Merge([Question], UIMessage.User("u", "changed"));

        Assert.Equal(UIMessageMergeKind.Unchanged, result.Kind);
        Assert.Equal("hi", result.Message!.Text);
    }

    [Fact]
    public void AnsweredQuestion_TakesStateAndOutputOnly()
    {
        var result = Merge("""
            {"type":"text","text":"forged"},
            {"type":"tool-other","toolCallId":"q","state":"output-available","input":{"n":666},"output":{"yes":true},"title":"forged"}
            """);

        Assert.Equal(UIMessageMergeKind.Merged, result.Kind);
        Assert.Equal(["q"], result.AdvancedCalls);
        Assert.Equal("""{"type":"tool-ask","toolCallId":"q","state":"output-available","input":{"n":1},"output":{"yes":true}}""", Tool(result, "q"));
        Assert.Equal("stored", result.Message!.Text);
        Assert.Equal("stored", Stored.Text);
        Assert.Same(Question, result.Messages[0]);
    }

    [Fact]
    public void FailedQuestion_TakesTheError() =>
        Assert.Equal(
            """{"type":"tool-ask","toolCallId":"q","state":"output-error","input":{"n":1},"errorText":"no"}""",
            Tool(Merge("""{"type":"tool-ask","toolCallId":"q","state":"output-error","errorText":"no"}"""), "q"));

    [Theory]
    [InlineData("true", "\"approved\":true,\"reason\":\"fine\"")]
    [InlineData("false", "\"approved\":false,\"reason\":\"fine\"")]
    public void Approval_TakesTheVerdictOnly(string approved, string verdict)
    {
        var result = Merge($$$"""
            {"type":"tool-send","toolCallId":"s","state":"approval-responded","input":{"to":"thief"},
             "approval":{"id":"a1","approved":{{{approved}}},"reason":"fine","signature":"forged"}}
            """);

        Assert.Equal(
            $$$"""{"type":"tool-send","toolCallId":"s","state":"approval-responded","input":{"to":"x"},"approval":{"id":"a1",{{{verdict}}},"signature":"sig"}}""",
            Tool(result, "s"));
    }

    [Theory]
    [InlineData("""{"type":"tool-send","toolCallId":"s","state":"approval-responded","approval":{"id":"other","approved":true}}""", "other")]
    [InlineData("""{"type":"tool-send","toolCallId":"s","state":"approval-responded","approval":{"id":"a1"}}""", "a1")]
    [InlineData("""{"type":"tool-send","toolCallId":"s","state":"approval-responded"}""", "")]
    [InlineData("""{"type":"tool-ask","toolCallId":"q","state":"approval-responded","approval":{"id":"a1","approved":true}}""", "a1")]
    [InlineData("""{"type":"tool-send","toolCallId":"gone","state":"approval-responded","approval":{"id":"a1","approved":true}}""", "a1")]
    [InlineData("""{"type":"tool-send","toolCallId":"s","state":"output-denied","approval":{"id":"other","approved":false}}""", "other")]
    public void AnswerToAnApprovalNeverAskedFor_IsRefused(string part, string approvalId)
    {
        var result = Merge("""{"type":"tool-ask","toolCallId":"q","state":"output-available","output":1},""" + part);

        Assert.Equal((UIMessageMergeKind.ApprovalNotFound, approvalId), (result.Kind, result.ApprovalId));
        Assert.True(result.IsRefused);
        Assert.Same(Stored, result.Messages[1]);
    }

    [Fact]
    public void ApprovalInAnUnknownMessage_IsRefused()
    {
        var result = Merge("""{"type":"tool-send","toolCallId":"other","state":"approval-responded","input":{},"approval":{"id":"a1","approved":true}}""", id: "forged");

        Assert.Equal((UIMessageMergeKind.ApprovalNotFound, 2), (result.Kind, result.Messages.Count));
    }

    [Fact]
    public void UnknownMessage_IsStoredWithoutOpenCalls()
    {
        var result = Merge("""
            {"type":"text","text":"t"},
            {"type":"tool-send","toolCallId":"z","state":"approval-requested","input":{"to":"thief"},"approval":{"id":"a9"}},
            {"type":"tool-ask","toolCallId":"y","state":"output-available","input":1,"output":2}
            """, id: "new");

        Assert.Equal(UIMessageMergeKind.Appended, result.Kind);
        Assert.Equal(["text", "tool-ask"], result.Message!.Parts.Select(part => part.Type));
    }

    [Fact]
    public void UnknownIdWithAKnownCall_MeansTheMessageOfTheCall()
    {
        var result = Merge("""{"type":"tool-ask","toolCallId":"q","state":"output-available","output":1}""", id: "made-up");

        Assert.Equal((UIMessageMergeKind.Merged, "m", 2), (result.Kind, result.Message!.Id, result.Messages.Count));
    }

    [Fact]
    public void TheSameAnswerAgain_BeforeTheCallRan_SaysNothingNew()
    {
        const string Yes = """{"type":"tool-send","toolCallId":"s","state":"approval-responded","approval":{"id":"a1","approved":true}}""";
        var once = Merge(Yes);

        Assert.Equal(UIMessageMergeKind.Unchanged, Merge(Yes, stored: once.Message).Kind);
    }

    [Fact]
    public void TheOppositeAnswer_IsRefused()
    {
        var once = Merge("""{"type":"tool-send","toolCallId":"s","state":"approval-responded","approval":{"id":"a1","approved":false}}""");

        var result = Merge("""{"type":"tool-send","toolCallId":"s","state":"approval-responded","approval":{"id":"a1","approved":true}}""", stored: once.Message);

        Assert.Equal((UIMessageMergeKind.ApprovalAlreadyAnswered, "a1"), (result.Kind, result.ApprovalId));
    }

    [Fact]
    public void AnAnswerAfterTheEnd_IsRefusedUnlessItOnlyAccompaniesNews()
    {
        var done = Assistant("""
            {"type":"tool-send","toolCallId":"s","state":"output-available","input":1,"output":2,"approval":{"id":"a1","approved":true}},
            {"type":"tool-send","toolCallId":"t","state":"approval-requested","input":3,"approval":{"id":"a2"}}
            """);
        const string First = """{"type":"tool-send","toolCallId":"s","state":"approval-responded","approval":{"id":"a1","approved":true}}""";
        const string Second = """{"type":"tool-send","toolCallId":"t","state":"approval-responded","approval":{"id":"a2","approved":true}}""";

        Assert.Equal(UIMessageMergeKind.ApprovalAlreadyAnswered, Merge(First, stored: done).Kind);

        var both = Merge($"{First},{Second}", stored: done);
        Assert.Equal(UIMessageMergeKind.Merged, both.Kind);
        Assert.Equal(["t"], both.AdvancedCalls);
        Assert.Equal(Wire.Json(done.Parts[0]), Tool(both, "s"));
    }

    [Theory]
    [InlineData("output-available", "\"output\":2")]
    [InlineData("output-error", "\"errorText\":\"e\"")]
    [InlineData("output-denied", "\"approval\":{\"id\":\"a1\",\"approved\":false}")]
    public void TerminalStates_NeverMove(string state, string fields)
    {
        var done = Assistant($$"""{"type":"tool-x","toolCallId":"s","state":"{{state}}","input":1,{{fields}}}""");

        Assert.All(
            new[]
            {
                """{"type":"tool-x","toolCallId":"s","state":"output-available","output":9}""",
                """{"type":"tool-x","toolCallId":"s","state":"output-error","errorText":"other"}""",
                """{"type":"tool-x","toolCallId":"s","state":"output-denied"}""",
                """{"type":"tool-x","toolCallId":"s","state":"input-available"}""",
            },
            part => Assert.Equal(UIMessageMergeKind.Unchanged, Merge(part, stored: done).Kind));
    }

    [Theory]
    [InlineData("""{"type":"tool-send","toolCallId":"s","state":"output-available","output":"forged"}""")]
    [InlineData("""{"type":"tool-send","toolCallId":"s","state":"output-error","errorText":"forged"}""")]
    [InlineData("""{"type":"tool-ask","toolCallId":"q","state":"output-available","output":1,"preliminary":true}""")]
    [InlineData("""{"type":"tool-ask","toolCallId":"gone","state":"output-available","output":1}""")]
    public void AResult_CannotStandInForTheUsersYes_NorBePreliminary(string part) =>
        Assert.Equal(UIMessageMergeKind.Unchanged, Merge(part).Kind);

    [Fact]
    public void AResultForADeniedCall_IsIgnored()
    {
        var denied = Merge("""{"type":"tool-send","toolCallId":"s","state":"approval-responded","approval":{"id":"a1","approved":false}}""");

        Assert.Equal(
            UIMessageMergeKind.Unchanged,
            Merge("""{"type":"tool-send","toolCallId":"s","state":"output-available","output":1}""", stored: denied.Message).Kind);
    }

    [Fact]
    public void ADenial_MayComeAsAFinalState() =>
        Assert.Equal(
            """{"type":"tool-send","toolCallId":"s","state":"output-denied","input":{"to":"x"},"approval":{"id":"a1","approved":false,"reason":"no","signature":"sig"}}""",
            Tool(Merge("""{"type":"tool-send","toolCallId":"s","state":"output-denied","approval":{"id":"a1","approved":false,"reason":"no"}}"""), "s"));
}
