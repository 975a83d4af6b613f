using System.Text.Json;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Protocol.Tests.UI;

/// <summary>Pins the bytes of every chunk type: stored records and stock clients depend on them.</summary>
public sealed class ChunkWireTests
{
    public static TheoryData<Type, string> Golden => new()
    {
        { typeof(StartChunk), """{"type":"start"}""" },
        { typeof(StartChunk), """{"type":"start","messageId":"m1","messageMetadata":{"a":1}}""" },
        { typeof(StartStepChunk), """{"type":"start-step"}""" },
        { typeof(FinishStepChunk), """{"type":"finish-step"}""" },
        { typeof(TextStartChunk), """{"type":"text-start","id":"t1"}""" },
        { typeof(TextStartChunk), """{"type":"text-start","id":"t1","providerMetadata":{"p":{"k":"v"}}}""" },
        { typeof(TextDeltaChunk), """{"type":"text-delta","id":"t1","delta":"Hello"}""" },
        { typeof(TextDeltaChunk), """{"type":"text-delta","id":"t1","delta":"","providerMetadata":{"p":{}}}""" },
        { typeof(TextEndChunk), """{"type":"text-end","id":"t1","providerMetadata":{"p":{}}}""" },
        { typeof(ReasoningStartChunk), """{"type":"reasoning-start","id":"r1","providerMetadata":{"p":{}}}""" },
        { typeof(ReasoningDeltaChunk), """{"type":"reasoning-delta","id":"r1","delta":"Hm"}""" },
        { typeof(ReasoningEndChunk), """{"type":"reasoning-end","id":"r1"}""" },
        { typeof(ToolInputStartChunk), """{"type":"tool-input-start","toolCallId":"c1","toolName":"lookup"}""" },
        { typeof(ToolInputStartChunk), """{"type":"tool-input-start","toolCallId":"c1","toolName":"lookup","inputEncoding":"text","providerExecuted":false,"providerMetadata":{"p":{}},"toolMetadata":{"m":1},"dynamic":true,"title":"Look up"}""" },
        { typeof(ToolInputDeltaChunk), """{"type":"tool-input-delta","toolCallId":"c1","inputTextDelta":"{\"q\":"}""" },
        { typeof(ToolInputAvailableChunk), """{"type":"tool-input-available","toolCallId":"c1","toolName":"lookup","input":{"q":"x"}}""" },
        { typeof(ToolInputAvailableChunk), """{"type":"tool-input-available","toolCallId":"c1","toolName":"lookup","input":null,"providerExecuted":true,"providerMetadata":{"p":{}},"toolMetadata":{"m":1},"dynamic":true,"title":"Look up"}""" },
        { typeof(ToolInputErrorChunk), """{"type":"tool-input-error","toolCallId":"c1","toolName":"lookup","input":"{bad","errorText":"No JSON","providerExecuted":true,"providerMetadata":{"p":{}},"toolMetadata":{"m":1},"dynamic":true,"title":"Look up"}""" },
        { typeof(ToolApprovalRequestChunk), """{"type":"tool-approval-request","approvalId":"a1","toolCallId":"c1"}""" },
        { typeof(ToolApprovalRequestChunk), """{"type":"tool-approval-request","approvalId":"a1","toolCallId":"c1","approvalDescriptor":[1],"inputSchemaInput":null,"signature":"s"}""" },
        { typeof(ToolOutputAvailableChunk), """{"type":"tool-output-available","toolCallId":"c1","output":{"answer":42}}""" },
        { typeof(ToolOutputAvailableChunk), """{"type":"tool-output-available","toolCallId":"c1","output":null,"preliminary":true,"providerExecuted":true,"providerMetadata":{"p":{}},"toolMetadata":{"m":1},"dynamic":false}""" },
        { typeof(ToolOutputErrorChunk), """{"type":"tool-output-error","toolCallId":"c1","errorText":"Failed","providerExecuted":true,"providerMetadata":{"p":{}},"toolMetadata":{"m":1},"dynamic":true}""" },
        { typeof(ToolOutputDeniedChunk), """{"type":"tool-output-denied","toolCallId":"c1"}""" },
        { typeof(SourceUrlChunk), """{"type":"source-url","sourceId":"s1","url":"https://example.org/","title":"Example","providerMetadata":{"p":{}}}""" },
        { typeof(SourceDocumentChunk), """{"type":"source-document","sourceId":"s1","mediaType":"application/pdf","title":"Report","filename":"r.pdf","providerMetadata":{"p":{}}}""" },
        { typeof(FileChunk), """{"type":"file","url":"data:image/png;base64,AA==","mediaType":"image/png","providerMetadata":{"p":{}}}""" },
        { typeof(DataChunk), """{"type":"data-status","data":{"phase":"thinking"},"id":"d1","transient":true}""" },
        { typeof(DataChunk), """{"type":"data-pending-message-injected","data":[]}""" },
        { typeof(MessageMetadataChunk), """{"type":"message-metadata","messageMetadata":{"model":"m"}}""" },
        { typeof(FinishChunk), """{"type":"finish"}""" },
        { typeof(FinishChunk), """{"type":"finish","finishReason":"tool-calls","messageMetadata":{"a":1}}""" },
        { typeof(AbortChunk), """{"type":"abort"}""" },
        { typeof(AbortChunk), """{"type":"abort","reason":"stopped"}""" },
        { typeof(ErrorChunk), """{"type":"error","errorText":"boom"}""" },
        { typeof(UnknownChunk), """{"type":"reasoning-file","url":"data:,","mediaType":"text/plain"}""" },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void Chunk_ReadAndWritten_KeepsTypeAndBytes(Type type, string json)
    {
        var chunk = Wire.Chunk(json);

        Assert.IsType(type, chunk);
        Assert.Equal(json, Wire.Json(chunk));
        Assert.Equal(json, JsonSerializer.Serialize(chunk, UIJson.Options));
        Assert.StartsWith($$"""{"type":"{{chunk.Type}}"{{(json.Contains(',') ? "," : "}")}}""", json);
    }

    [Fact]
    public void Golden_CoversEveryChunkType()
    {
        var concrete = typeof(UIMessageChunk).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(UIMessageChunk)));

        Assert.Equal(concrete.ToHashSet(), Golden.Select(row => (Type)row[0]).ToHashSet());
    }

    [Theory]
    [MemberData(nameof(Golden))]
    public void UnknownFields_AreKeptBehindTheKnownOnes(Type type, string json)
    {
        string extended = json[..^1] + ""","future":{"x":[1,2]},"later":null}""";

        var chunk = Wire.Chunk(extended);

        Assert.IsType(type, chunk);
        Assert.Equal(extended, Wire.Json(chunk));
    }

    [Fact]
    public void Chunk_ReadsFieldsInAnyOrder_AndIgnoresWhiteSpace()
    {
        var chunk = Wire.Chunk("""{ "delta": "x", "more" : { "a" : "b c" },  "id":"t", "type":"text-delta" }""");

        Assert.Equal("""{"type":"text-delta","id":"t","delta":"x","more":{"a":"b c"}}""", Wire.Json(chunk));
    }

    [Fact]
    public void Payload_WithLineBreaks_IsWrittenOnOneLine()
    {
        var chunk = new DataChunk("x", Wire.Element("{\r\n\t\"a b\" : [ 1,\n \"q\\\" \\\\\" , true ]\n}"));

        Assert.Equal("""{"type":"data-x","data":{"a b":[1,"q\" \\",true]}}""", Wire.Json(chunk));
    }

    [Fact]
    public void AbsentPayload_IsWrittenAsNull()
    {
        Assert.Equal("""{"type":"tool-output-available","toolCallId":"c","output":null}""", Wire.Json(new ToolOutputAvailableChunk("c", default)));
        Assert.Equal("""{"type":"data-x","data":null}""", Wire.Json(Wire.Chunk("""{"type":"data-x"}""")));
    }

    [Fact]
    public void NullTypedField_CountsAsAbsent()
    {
        Assert.Equal("""{"type":"abort"}""", Wire.Json(Wire.Chunk("""{"type":"abort","reason":null}""")));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("""{"type":5}""")]
    [InlineData("""{"type":"text-delta","id":"t"}""")]
    [InlineData("""{"type":"text-delta","id":1,"delta":"x"}""")]
    [InlineData("""{"type":"tool-input-start","toolCallId":"c","toolName":"t","dynamic":"yes"}""")]
    [InlineData("""{"type":"source-document","sourceId":"s","mediaType":"m"}""")]
    public void MalformedChunk_IsRefused(string json) => Assert.Throws<JsonException>(() => Wire.Chunk(json));

    [Fact]
    public void DerivedType_IsWrittenAndReadThroughTheSharedOptions()
    {
        var chunk = new TextDeltaChunk("t", "x");

        Assert.Equal("""{"chunk":{"type":"text-delta","id":"t","delta":"x"}}""", JsonSerializer.Serialize(new { Chunk = chunk }, UIJson.Options));
        Assert.Equal(chunk, JsonSerializer.Deserialize<TextDeltaChunk>("""{"type":"text-delta","id":"t","delta":"x"}""", UIJson.Options));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<TextDeltaChunk>("""{"type":"text-end","id":"t"}""", UIJson.Options));
    }
}
