using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>Reads messages and parts; whatever does not fit a known part is kept as an <see cref="UnknownPart"/>.</summary>
internal static class UIMessageReader
{
    /// <exception cref="JsonException">No object, or id, role or parts are missing or of the wrong kind.</exception>
    public static UIMessage Read(JsonElement value)
    {
        var fields = new JsonFields(value);
        return new UIMessage
        {
            Id = fields.Required("id"),
            Role = WireNames.Role(fields.Required("role")),
            Metadata = fields.Json("metadata"),
            Parts = Parts(fields.Json("parts")),
            Extra = fields.Rest(),
        };
    }

    public static UIMessagePart ReadPart(JsonElement value)
    {
        try
        {
            var fields = new JsonFields(value);
            string type = fields.Required("type");
            return KnownPart(type, fields) is { } part ? part with { Extra = fields.Rest() } : new UnknownPart(value);
        }
        catch (JsonException)
        {
            return new UnknownPart(value);
        }
    }

    private static UIMessagePart[] Parts(JsonElement? value) =>
        value is { ValueKind: JsonValueKind.Array } array
            ? [.. array.EnumerateArray().Select(ReadPart)]
            : throw new JsonException("The field \"parts\" must be an array.");

    private static UIMessagePart? KnownPart(string type, JsonFields fields) => type switch
    {
        "text" => new TextPart(fields.Required("text"))
        {
            State = WireNames.TextState(fields.String("state")),
            ProviderMetadata = fields.Json("providerMetadata"),
        },
        "reasoning" => new ReasoningPart(fields.Required("text"))
        {
            Id = fields.String("id"),
            State = WireNames.TextState(fields.String("state")),
            ProviderMetadata = fields.Json("providerMetadata"),
        },
        ToolPart.DynamicType => Tool(fields.Required("toolName"), fields) with { IsDynamic = true },
        "file" => new FilePart(fields.Required("mediaType"), fields.Required("url"))
        {
            Filename = fields.String("filename"),
            ProviderMetadata = fields.Json("providerMetadata"),
        },
        "source-url" => new SourceUrlPart(fields.Required("sourceId"), fields.Required("url"))
        {
            Title = fields.String("title"),
            ProviderMetadata = fields.Json("providerMetadata"),
        },
        "source-document" => new SourceDocumentPart(
            fields.Required("sourceId"), fields.Required("mediaType"), fields.Required("title"))
        {
            Filename = fields.String("filename"),
            ProviderMetadata = fields.Json("providerMetadata"),
        },
        "step-start" => new StepStartPart(),
        _ when type.StartsWith(ToolPart.Prefix, StringComparison.Ordinal) => Tool(type[ToolPart.Prefix.Length..], fields),
        _ when type.StartsWith(DataChunk.Prefix, StringComparison.Ordinal) =>
            new DataPart(type[DataChunk.Prefix.Length..], fields.JsonOrNull("data")) { Id = fields.String("id") },
        _ => null,
    };

    private static ToolPart Tool(string name, JsonFields fields) =>
        new(name, fields.Required("toolCallId"), WireNames.ToolState(fields.Required("state")))
        {
            Title = fields.String("title"),
            ToolMetadata = fields.Json("toolMetadata"),
            Input = fields.Json("input"),
            RawInput = fields.Json("rawInput"),
            InputEncoding = fields.String("inputEncoding"),
            Output = fields.Json("output"),
            ErrorText = fields.String("errorText"),
            ProviderExecuted = fields.Bool("providerExecuted"),
            Preliminary = fields.Bool("preliminary"),
            CallProviderMetadata = fields.Json("callProviderMetadata"),
            ResultProviderMetadata = fields.Json("resultProviderMetadata"),
            Approval = ToolApproval.Read(fields.Json("approval")),
        };
}
