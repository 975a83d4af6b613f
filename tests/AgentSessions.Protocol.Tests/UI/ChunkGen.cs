using AgentSessions.Protocol.UI;
using FsCheck;
using FsCheck.Fluent;

namespace AgentSessions.Protocol.Tests.UI;

/// <summary>Random chunk sequences over few ids, so that ids meet again often.</summary>
internal static class ChunkGen
{
    private static readonly Gen<string> Id = Gen.Elements("a", "b");
    private static readonly Gen<string> CallId = Gen.Elements("c", "d");
    private static readonly Gen<string> Tool = Gen.Elements("lookup", "send");
    private static readonly Gen<string> Text = Gen.Elements("", "x", "Hello ", "é😀", "\ud83d", "\ude00", "\"\n\\");
    private static readonly Gen<string> InputText = Gen.Elements("{\"q\":", "\"x", "y\"", "}", "[1,", "2.", "5]", "tr", "nonsense", "");
    private static readonly Gen<bool?> Flag = Gen.Elements<bool?>(null, null, true, false);

    private static readonly Gen<string> Json = Gen.Elements(
        "null", "1", "\"s\"", "[1,2]", "{}", "{\"a\":{\"b\":1}}", "{\"a\":{\"c\":[1]},\"d\":null}", "{\"a\":2}");

    private static readonly Gen<string?> Metadata =
        Gen.Elements<string?>(null, null, null, "{\"p\":{\"k\":1}}", "{\"p\":{\"k\":2}}", "{\"q\":{}}");

    /// <summary>Any chunks, in any order.</summary>
    public static readonly Gen<UIMessageChunk[]> Any = Gen.ArrayOf(Gen.Frequency(
        (6, TextChunk()), (4, ToolInput()), (4, ToolOutput()), (2, Step()), (2, Content()), (1, OfMessage())));

    /// <summary>Whole answers: what is left of random chunks behind <c>start</c> when the order drops the misfits.</summary>
    public static readonly Gen<UIMessageChunk[]> Valid = Any.Select(chunks =>
    {
        var order = new ChunkOrder();
        return new UIMessageChunk[] { new StartChunk("m") }.Concat(chunks.Where(chunk => chunk is not ErrorChunk))
            .Where(chunk => Accepts(order, chunk))
            .ToArray();
    });

    public static bool Accepts(ChunkOrder order, UIMessageChunk chunk)
    {
        try
        {
            order.Accept(chunk);
            return true;
        }
        catch (ChunkOrderException)
        {
            return false;
        }
    }

    private static Gen<UIMessageChunk> TextChunk() =>
        from id in Id
        from delta in Text
        from metadata in Metadata
        from chunk in Gen.Elements<UIMessageChunk>(
            new TextStartChunk(id) { ProviderMetadata = Element(metadata) },
            new TextDeltaChunk(id, delta) { ProviderMetadata = Element(metadata) },
            new TextDeltaChunk(id, delta),
            new TextEndChunk(id) { ProviderMetadata = Element(metadata) },
            new ReasoningStartChunk(id) { ProviderMetadata = Element(metadata) },
            new ReasoningDeltaChunk(id, delta) { ProviderMetadata = Element(metadata) },
            new ReasoningEndChunk(id) { ProviderMetadata = Element(metadata) })
        select chunk;

    private static Gen<UIMessageChunk> ToolInput() =>
        from call in CallId
        from tool in Tool
        from text in InputText
        from json in Json
        from flag in Flag
        from dynamic in Flag
        from metadata in Metadata
        from chunk in Gen.Elements<UIMessageChunk>(
            new ToolInputStartChunk(call, tool)
            {
                Dynamic = dynamic,
                ProviderExecuted = flag,
                ProviderMetadata = Element(metadata),
                InputEncoding = json == "1" ? "text" : null,
                Title = flag is true ? "T" : null,
                ToolMetadata = Element(metadata),
            },
            new ToolInputDeltaChunk(call, text),
            new ToolInputDeltaChunk(call, text),
            new ToolInputAvailableChunk(call, tool, Wire.Element(json))
            {
                Dynamic = dynamic,
                ProviderExecuted = flag,
                ProviderMetadata = Element(metadata),
                Title = flag is true ? "U" : null,
            },
            new ToolInputErrorChunk(call, tool, Wire.Element(json), "bad")
            {
                Dynamic = dynamic,
                ProviderExecuted = flag,
                ProviderMetadata = Element(metadata),
            })
        select chunk;

    private static Gen<UIMessageChunk> ToolOutput() =>
        from call in CallId
        from json in Json
        from flag in Flag
        from metadata in Metadata
        from chunk in Gen.Elements<UIMessageChunk>(
            new ToolOutputAvailableChunk(call, Wire.Element(json))
            {
                Preliminary = flag,
                ProviderMetadata = Element(metadata),
                ToolMetadata = Element(metadata),
            },
            new ToolOutputErrorChunk(call, "failed") { ProviderExecuted = flag, ProviderMetadata = Element(metadata) },
            new ToolOutputDeniedChunk(call),
            new ToolApprovalRequestChunk("ap-" + call, call) { InputSchemaInput = Element(metadata), Signature = flag is true ? "s" : null })
        select chunk;

    private static Gen<UIMessageChunk> Step() =>
        Gen.Elements<UIMessageChunk>(new StartStepChunk(), new FinishStepChunk());

    private static Gen<UIMessageChunk> Content() =>
        from id in Gen.Elements<string?>(null, "1", "2")
        from name in Gen.Elements("status", "plan")
        from json in Json
        from flag in Flag
        from metadata in Metadata
        from chunk in Gen.Elements<UIMessageChunk>(
            new DataChunk(name, Wire.Element(json)) { Id = id, Transient = flag is true },
            new SourceUrlChunk("s", "https://example.org/") { Title = id, ProviderMetadata = Element(metadata) },
            new SourceDocumentChunk("s", "text/plain", "T") { Filename = id, ProviderMetadata = Element(metadata) },
            new FileChunk("data:,", "text/plain") { ProviderMetadata = Element(metadata) })
        select chunk;

    private static Gen<UIMessageChunk> OfMessage() =>
        from json in Gen.Elements("{\"a\":{\"b\":1}}", "{\"a\":{\"c\":[1]},\"d\":null}", "{\"a\":2}", "{\"__proto__\":{\"x\":1},\"e\":{}}")
        from chunk in Gen.Elements<UIMessageChunk>(
            new StartChunk("m") { MessageMetadata = Wire.Element(json) },
            new MessageMetadataChunk(Wire.Element(json)),
            new MessageMetadataChunk(Wire.Element(json)),
            new FinishChunk(UIFinishReason.Stop) { MessageMetadata = Wire.Element(json) },
            new AbortChunk("stopped"),
            new ErrorChunk("boom"))
        select chunk;

    private static System.Text.Json.JsonElement? Element(string? json) => json is null ? null : Wire.Element(json);
}
