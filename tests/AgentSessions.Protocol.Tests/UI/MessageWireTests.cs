using System.Text.Json;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Protocol.Tests.UI;

/// <summary>Pins the JSON of messages and of every part type: transcripts are stored in it.</summary>
public sealed class MessageWireTests
{
    public static TheoryData<Type, string> Golden => new()
    {
        { typeof(TextPart), """{"type":"text","text":"Hi"}""" },
        { typeof(TextPart), """{"type":"text","text":"Hi","state":"done","providerMetadata":{"p":{}}}""" },
        { typeof(ReasoningPart), """{"type":"reasoning","id":"r1","text":"Hm","state":"streaming","providerMetadata":{"p":{"signature":"s"}}}""" },
        { typeof(ToolPart), """{"type":"tool-lookup","toolCallId":"c1","state":"input-streaming","title":"T","toolMetadata":{"m":1},"input":{"q":"x"},"rawInput":"{\"q\":\"x","inputEncoding":"json","providerExecuted":false}""" },
        { typeof(ToolPart), """{"type":"tool-lookup","toolCallId":"c1","state":"input-available","input":{"q":"x"},"callProviderMetadata":{"p":{}}}""" },
        { typeof(ToolPart), """{"type":"tool-send","toolCallId":"c1","state":"approval-requested","input":{},"approval":{"id":"a1","descriptor":{"d":1},"inputSchemaInput":null,"signature":"s"}}""" },
        { typeof(ToolPart), """{"type":"tool-send","toolCallId":"c1","state":"approval-responded","input":{},"approval":{"id":"a1","approved":true,"reason":"ok","future":1}}""" },
        { typeof(ToolPart), """{"type":"tool-send","toolCallId":"c1","state":"output-available","input":{},"output":null,"preliminary":true,"resultProviderMetadata":{"p":{}},"approval":{"id":"a1","approved":true}}""" },
        { typeof(ToolPart), """{"type":"tool-send","toolCallId":"c1","state":"output-error","rawInput":"{bad","errorText":"No JSON"}""" },
        { typeof(ToolPart), """{"type":"tool-send","toolCallId":"c1","state":"output-denied","input":{},"approval":{"id":"a1","approved":false,"reason":"no"}}""" },
        { typeof(ToolPart), """{"type":"dynamic-tool","toolName":"mcp","toolCallId":"c1","state":"output-available","input":{},"output":[1],"providerExecuted":true,"dynamic":false}""" },
        { typeof(FilePart), """{"type":"file","mediaType":"image/png","filename":"a.png","url":"https://example.org/a.png","providerMetadata":{"p":{}}}""" },
        { typeof(SourceUrlPart), """{"type":"source-url","sourceId":"s1","url":"https://example.org/","title":"Example","providerMetadata":{"p":{}}}""" },
        { typeof(SourceDocumentPart), """{"type":"source-document","sourceId":"s1","mediaType":"application/pdf","title":"Report","filename":"r.pdf","providerMetadata":{"p":{}}}""" },
        { typeof(DataPart), """{"type":"data-status","id":"d1","data":{"phase":"done"}}""" },
        { typeof(StepStartPart), """{"type":"step-start"}""" },
        { typeof(UnknownPart), """{"type":"hologram","beam":[1,2]}""" },
        { typeof(UnknownPart), """{"type":"text"}""" },
        { typeof(UnknownPart), """{"type":"text","text":5}""" },
        { typeof(UnknownPart), """{"type":"tool-x","toolCallId":"c1","state":"sideways"}""" },
        { typeof(UnknownPart), """{"type":"tool-x","toolCallId":"c1","state":"output-denied","approval":{"approved":"no"}}""" },
        { typeof(UnknownPart), """{"no":"type"}""" },
        { typeof(UnknownPart), "7" },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void Part_ReadAndWritten_KeepsTypeAndBytes(Type type, string json)
    {
        var part = Wire.Part(json);

        Assert.IsType(type, part);
        Assert.Equal(json, Wire.Json(part));
        Assert.Equal(json, JsonSerializer.Serialize(part, UIJson.Options));
    }

    [Fact]
    public void Golden_CoversEveryPartType()
    {
        var concrete = typeof(UIMessagePart).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(UIMessagePart)));

        Assert.Equal(concrete.ToHashSet(), Golden.Select(row => (Type)row[0]).ToHashSet());
    }

    [Fact]
    public void Message_ReadAndWritten_KeepsEverything()
    {
        string parts = string.Join(',', Golden.Select(row => (string)row[1]));
        string json = $$"""{"id":"m1","role":"assistant","metadata":{"a":[1]},"parts":[{{parts}}],"createdAt":"2026-01-01"}""";

        var message = Wire.Message(json);

        Assert.Equal(json, Wire.Json(message));
        Assert.Equal(json, JsonSerializer.Serialize(message, UIJson.Options));
        Assert.Equal(UIMessageRole.Assistant, message.Role);
        Assert.Equal("2026-01-01", message.Extra!.Find("createdAt")!.Value.GetString());
    }

    [Fact]
    public void UnknownFields_OfAPart_AreKept()
    {
        const string Json = """{"type":"text","text":"Hi","future":{"x":1}}""";

        var part = Assert.IsType<TextPart>(Wire.Part(Json));

        Assert.Equal(Json, Wire.Json(part));
        Assert.Equal("""{"type":"text","text":"Ho","future":{"x":1}}""", Wire.Json(part with { Text = "Ho" }));
    }

    [Theory]
    [InlineData("user", UIMessageRole.User)]
    [InlineData("system", UIMessageRole.System)]
    public void Roles_AreReadAndWritten(string wire, UIMessageRole role)
    {
        string json = $$"""{"id":"m","role":"{{wire}}","parts":[]}""";

        Assert.Equal(role, Wire.Message(json).Role);
        Assert.Equal(json, Wire.Json(Wire.Message(json)));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"role":"user","parts":[]}""")]
    [InlineData("""{"id":7,"role":"user","parts":[]}""")]
    [InlineData("""{"id":"m","role":"robot","parts":[]}""")]
    [InlineData("""{"id":"m","role":"user"}""")]
    [InlineData("""{"id":"m","role":"user","parts":{}}""")]
    public void MalformedMessage_IsRefused(string json) => Assert.Throws<JsonException>(() => Wire.Message(json));

    [Fact]
    public void Text_JoinsTextPartsOnly()
    {
        var message = Wire.Message("""
            {"id":"m","role":"assistant","parts":[{"type":"text","text":"a "},{"type":"reasoning","text":"no"},{"type":"text","text":"b"}]}
            """);

        Assert.Equal("a b", message.Text);
    }

    [Fact]
    public void Approvals_AreThoseStillOpen()
    {
        var message = Wire.Message("""
            {"id":"m","role":"assistant","parts":[
              {"type":"tool-a","toolCallId":"1","state":"approval-requested","approval":{"id":"a1"}},
              {"type":"tool-a","toolCallId":"2","state":"approval-responded","approval":{"id":"a2","approved":true}}]}
            """);

        Assert.Equal(["a1"], message.Approvals.Select(approval => approval.Id));
    }
}
