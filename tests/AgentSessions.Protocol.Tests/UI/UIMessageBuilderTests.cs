using AgentSessions.Protocol.UI;

namespace AgentSessions.Protocol.Tests.UI;

/// <summary>The messages that typical chunk sequences build.</summary>
public sealed class UIMessageBuilderTests
{
    private static UIMessage Build(params string[] chunks) => Continue(new UIMessageBuilder("fallback"), chunks);

    private static UIMessage Continue(UIMessageBuilder builder, params string[] chunks)
    {
        foreach (string chunk in chunks)
        {
            builder.Apply(Wire.Chunk(chunk));
        }

        return builder.Build();
    }

    private static void AssertParts(string expected, UIMessage message) =>
        Assert.Equal(expected.ReplaceLineEndings("").Replace("  ", ""), string.Join(',', message.Parts.Select(Wire.Json)));

    [Fact]
    public void TextAnswer()
    {
        var message = Build(
            """{"type":"start","messageId":"m1","messageMetadata":{"model":{"name":"x"}}}""",
            """{"type":"start-step"}""",
            """{"type":"text-start","id":"t"}""",
            """{"type":"text-delta","id":"t","delta":"Hello "}""",
            """{"type":"text-delta","id":"t","delta":"world","providerMetadata":{"p":{}}}""",
            """{"type":"text-end","id":"t"}""",
            """{"type":"finish-step"}""",
            """{"type":"finish","finishReason":"stop","messageMetadata":{"model":{"v":2},"n":1}}""");

        Assert.Equal(
            """{"id":"m1","role":"assistant","metadata":{"model":{"name":"x","v":2},"n":1},"parts":[{"type":"step-start"},{"type":"text","text":"Hello world","state":"done","providerMetadata":{"p":{}}}]}""",
            Wire.Json(message));
    }

    [Fact]
    public void TextLeftOpenByFinishStep_StaysStreaming() =>
        AssertParts(
            """{"type":"text","text":"a","state":"streaming"},{"type":"reasoning","id":"t","text":"b","state":"streaming"}""",
            Build(
                """{"type":"text-start","id":"t"}""",
                """{"type":"reasoning-start","id":"t"}""",
                """{"type":"text-delta","id":"t","delta":"a"}""",
                """{"type":"reasoning-delta","id":"t","delta":"b"}""",
                """{"type":"finish-step"}"""));

    [Fact]
    public void ToolCall_FromStreamedInputToOutput()
    {
        var builder = new UIMessageBuilder("m");

        AssertParts(
            """{"type":"tool-lookup","toolCallId":"c","state":"input-streaming","title":"T","input":{"q":"we"},"rawInput":"{\"q\":\"we"}""",
            Continue(
                builder,
                """{"type":"tool-input-start","toolCallId":"c","toolName":"lookup","title":"T"}""",
                """{"type":"tool-input-delta","toolCallId":"c","inputTextDelta":"{\"q\":"}""",
                """{"type":"tool-input-delta","toolCallId":"c","inputTextDelta":"\"we"}"""));
        AssertParts(
            """{"type":"tool-lookup","toolCallId":"c","state":"input-available","title":"T","input":{"q":"weather"},"callProviderMetadata":{"p":{}}}""",
            Continue(builder, """{"type":"tool-input-available","toolCallId":"c","toolName":"lookup","input":{"q":"weather"},"providerMetadata":{"p":{}}}"""));
        AssertParts(
            """{"type":"tool-lookup","toolCallId":"c","state":"output-available","title":"T","input":{"q":"weather"},"output":1,"preliminary":true,"callProviderMetadata":{"p":{}}}""",
            Continue(builder, """{"type":"tool-output-available","toolCallId":"c","output":1,"preliminary":true}"""));
        AssertParts(
            """{"type":"tool-lookup","toolCallId":"c","state":"output-available","title":"T","input":{"q":"weather"},"output":null,"callProviderMetadata":{"p":{}},"resultProviderMetadata":{"r":{}}}""",
            Continue(builder, """{"type":"tool-output-available","toolCallId":"c","output":null,"providerMetadata":{"r":{}}}"""));
    }

    [Fact]
    public void DynamicTool_IsADynamicPart() =>
        AssertParts(
            """{"type":"dynamic-tool","toolName":"mcp","toolCallId":"c","state":"output-error","input":{"a":1},"errorText":"no"}""",
            Build(
                """{"type":"tool-input-available","toolCallId":"c","toolName":"mcp","input":{"a":1},"dynamic":true}""",
                """{"type":"tool-output-error","toolCallId":"c","errorText":"no"}"""));

    [Fact]
    public void UnusableInput_IsKeptRawOnStaticParts_AndKeepsTheKindOfTheCall() =>
        AssertParts(
            """{"type":"tool-a","toolCallId":"c","state":"output-error","rawInput":"{bad","errorText":"no"},{"type":"dynamic-tool","toolName":"b","toolCallId":"d","state":"output-error","input":"{bad","errorText":"no"}""",
            Build(
                """{"type":"tool-input-start","toolCallId":"c","toolName":"a"}""",
                """{"type":"tool-input-error","toolCallId":"c","toolName":"a","input":"{bad","errorText":"no","dynamic":true}""",
                """{"type":"tool-input-error","toolCallId":"d","toolName":"b","input":"{bad","errorText":"no","dynamic":true}"""));

    [Fact]
    public void StreamingInput_GoesOnInAContinuedMessage()
    {
        var stored = Build(
            """{"type":"tool-input-start","toolCallId":"c","toolName":"a"}""",
            """{"type":"tool-input-delta","toolCallId":"c","inputTextDelta":"[1,"}""");

        AssertParts(
            """{"type":"tool-a","toolCallId":"c","state":"input-streaming","input":[1,2],"rawInput":"[1,2]"}""",
            Continue(new UIMessageBuilder(stored), """{"type":"tool-input-delta","toolCallId":"c","inputTextDelta":"2]"}"""));
    }

    [Fact]
    public void InputThatStreamsIntoTheNextStep_ShowsInBoth() =>
        AssertParts(
            """{"type":"tool-a","toolCallId":"c","state":"input-streaming","input":[1],"rawInput":"[1,"},{"type":"step-start"},{"type":"tool-a","toolCallId":"c","state":"input-streaming","input":[1,2],"rawInput":"[1,2]"}""",
            Build(
                """{"type":"tool-input-start","toolCallId":"c","toolName":"a"}""",
                """{"type":"tool-input-delta","toolCallId":"c","inputTextDelta":"[1,"}""",
                """{"type":"start-step"}""",
                """{"type":"tool-input-delta","toolCallId":"c","inputTextDelta":"2]"}"""));

    [Fact]
    public void TextInput_IsNotParsed() =>
        AssertParts(
            """{"type":"tool-sh","toolCallId":"c","state":"input-streaming","input":"1","rawInput":"1","inputEncoding":"text"}""",
            Build(
                """{"type":"tool-input-start","toolCallId":"c","toolName":"sh","inputEncoding":"text"}""",
                """{"type":"tool-input-delta","toolCallId":"c","inputTextDelta":"1"}"""));

    [Fact]
    public void ApprovedCall_ContinuesTheStoredMessage()
    {
        var asked = Build(
            """{"type":"start","messageId":"m1"}""",
            """{"type":"start-step"}""",
            """{"type":"tool-input-available","toolCallId":"c","toolName":"send","input":{"to":"x"}}""",
            """{"type":"tool-approval-request","approvalId":"a1","toolCallId":"c","signature":"s"}""",
            """{"type":"finish-step"}""");
        AssertParts(
            """{"type":"step-start"},{"type":"tool-send","toolCallId":"c","state":"approval-requested","input":{"to":"x"},"approval":{"id":"a1","signature":"s"}}""",
            asked);
        var answered = asked with
        {
            Parts = [.. asked.Parts.Select(part => part is ToolPart tool
                ? tool with { State = ToolPartState.ApprovalResponded, Approval = tool.Approval! with { Approved = true } }
                : part)],
        };

        var message = Continue(
            new UIMessageBuilder(answered),
            """{"type":"start","messageId":"m1"}""",
            """{"type":"start-step"}""",
            """{"type":"tool-output-available","toolCallId":"c","output":{"sent":true}}""");

        Assert.Equal("m1", message.Id);
        AssertParts(
            """{"type":"step-start"},{"type":"tool-send","toolCallId":"c","state":"output-available","input":{"to":"x"},"output":{"sent":true},"approval":{"id":"a1","approved":true,"signature":"s"}},{"type":"step-start"}""",
            message);
    }

    [Fact]
    public void DeniedCall_KeepsItsApproval()
    {
        var stored = Wire.Message("""{"id":"m","role":"assistant","parts":[{"type":"tool-send","toolCallId":"c","state":"approval-responded","input":1,"approval":{"id":"a","approved":false}}]}""");

        AssertParts(
            """{"type":"tool-send","toolCallId":"c","state":"output-denied","input":1,"approval":{"id":"a","approved":false}}""",
            Continue(new UIMessageBuilder(stored), """{"type":"tool-output-denied","toolCallId":"c"}"""));
    }

    [Fact]
    public void OutputForARepeatedCallId_GoesToTheCurrentStepFirst() =>
        AssertParts(
            """{"type":"tool-a","toolCallId":"c","state":"input-available","input":1},{"type":"step-start"},{"type":"tool-a","toolCallId":"c","state":"output-available","input":2,"output":3}""",
            Build(
                """{"type":"tool-input-available","toolCallId":"c","toolName":"a","input":1}""",
                """{"type":"start-step"}""",
                """{"type":"tool-input-available","toolCallId":"c","toolName":"a","input":2}""",
                """{"type":"tool-output-available","toolCallId":"c","output":3}"""));

    [Fact]
    public void Data_WithTheSameNameAndId_IsReplacedInPlace() =>
        AssertParts(
            """{"type":"data-x","id":"1","data":"new"},{"type":"data-y","id":"1","data":"c"},{"type":"data-x","data":"d"},{"type":"data-x","data":"e","note":"kept"}""",
            Build(
                """{"type":"data-x","id":"1","data":"a"}""",
                """{"type":"data-x","data":"gone","transient":true}""",
                """{"type":"data-y","id":"1","data":"c"}""",
                """{"type":"data-x","data":"d"}""",
                """{"type":"data-x","id":"1","data":"new"}""",
                """{"type":"data-x","data":"e","note":"kept"}"""));

    [Fact]
    public void SourcesAndFiles_BecomeParts() =>
        AssertParts(
            """{"type":"source-url","sourceId":"s","url":"u","title":"T"},{"type":"source-document","sourceId":"s","mediaType":"m","title":"T","filename":"f"},{"type":"file","mediaType":"m","url":"u","providerMetadata":{"p":{}}}""",
            Build(
                """{"type":"source-url","sourceId":"s","url":"u","title":"T"}""",
                """{"type":"source-document","sourceId":"s","mediaType":"m","title":"T","filename":"f"}""",
                """{"type":"file","url":"u","mediaType":"m","providerMetadata":{"p":{}}}"""));

    [Fact]
    public void UnknownChunks_AreSkipped() => AssertParts("", Build("""{"type":"hologram"}"""));

    [Fact]
    public void TheEnd_IsTold()
    {
        var builder = new UIMessageBuilder();
        builder.Apply(new AbortChunk());
        builder.Apply(new FinishChunk(UIFinishReason.ToolCalls));
        builder.Apply(new FinishChunk());
        builder.Apply(new ErrorChunk("boom"));

        Assert.Equal((true, true, "tool-calls", "boom"), (builder.IsAborted, builder.IsFinished, builder.FinishReason, builder.ErrorText));
    }

    [Fact]
    public void AUserMessage_CannotBeContinued() =>
        Assert.Throws<ArgumentException>(() => new UIMessageBuilder(UIMessage.User("u", "hi")));

    [Fact]
    public void LongAnswers_TakeLinearTime()
    {
        // A quadratic builder would copy some 500 GB here and run into the time limit of any runner.
        var builder = new UIMessageBuilder();
        var delta = new TextDeltaChunk("t", "0123456789");
        builder.Apply(new TextStartChunk("t"));
        for (int i = 0; i < 300_000; i++)
        {
            builder.Apply(delta);
        }

        Assert.Equal(3_000_000, builder.Build().Text.Length);
    }
}
