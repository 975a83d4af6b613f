using AgentSessions.Protocol.UI;

namespace AgentSessions.Protocol.Tests.UI;

public sealed class UIMessageCleanTests
{
    private static readonly UIMessage Partial = Wire.Message("""
        {"id":"m","role":"assistant","parts":[
          {"type":"step-start"},
          {"type":"reasoning","text":"r","state":"streaming"},
          {"type":"text","text":"a","state":"done"},
          {"type":"tool-x","toolCallId":"1","state":"input-streaming"},
          {"type":"tool-x","toolCallId":"2","state":"input-available","input":1},
          {"type":"tool-x","toolCallId":"3","state":"approval-requested","input":1,"approval":{"id":"a"}},
          {"type":"tool-x","toolCallId":"4","state":"output-available","input":1,"output":2},
          {"type":"text","text":"b","state":"streaming"}]}
        """);

    [Fact]
    public void Clean_DropsUnfinishedCalls_AndClosesText()
    {
        var clean = UIMessageClean.Clean(Partial);

        Assert.Equal(["step-start", "reasoning", "text", "tool-x", "tool-x", "text"], clean.Parts.Select(part => part.Type));
        Assert.Equal(["3", "4"], clean.Tools.Select(tool => tool.ToolCallId));
        Assert.DoesNotContain("streaming", Wire.Json(clean));
        Assert.Contains("streaming", Wire.Json(Partial));
        Assert.Same(clean, UIMessageClean.Clean(clean));
    }

    [Fact]
    public void CloseText_KeepsOpenCalls() => Assert.Equal(4, UIMessageClean.CloseText(Partial).Tools.Count());

    [Fact]
    public void IncomingUserMessage_LosesInjectionMarkersOnly()
    {
        var message = Wire.Message("""
            {"id":"u","role":"user","parts":[{"type":"data-pending-message-injected","data":{}},{"type":"text","text":"hi"},
             {"type":"data-background-injected","data":{}},{"type":"data-mine","data":1}]}
            """);

        Assert.Equal(["text", "data-mine"], UIMessageClean.CleanIncoming(message).Parts.Select(part => part.Type));
    }

    [Fact]
    public void IncomingAssistantMessage_IsCleaned() =>
        Assert.Equal(2, UIMessageClean.CleanIncoming(Partial).Tools.Count());

    [Fact]
    public void StepMarkers_AreNoContent()
    {
        var markers = new UIMessage { Id = "m", Role = UIMessageRole.Assistant, Parts = [new StepStartPart(), new StepStartPart()] };

        Assert.False(UIMessageClean.HasContent(markers));
        Assert.True(UIMessageClean.HasContent(Partial));
    }
}
