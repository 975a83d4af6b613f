using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>Turns a JSON object into the chunk its <c>type</c> names.</summary>
internal static class UIMessageChunkReader
{
    /// <exception cref="JsonException">No object, no type, or a field of a known type is missing or of the wrong kind.</exception>
    public static UIMessageChunk Read(JsonElement value)
    {
        var fields = new JsonFields(value);
        string type = fields.Required("type");
        var chunk = Message(type, fields) ?? Text(type, fields) ?? Tool(type, fields) ?? Content(type, fields);
        return chunk is null
            ? new UnknownChunk(value)
            : fields.Rest() is { } extra ? chunk with { Extra = extra } : chunk;
    }

    private static UIMessageChunk? Message(string type, JsonFields fields) => type switch
    {
        "start" => new StartChunk(fields.String("messageId")) { MessageMetadata = fields.Json("messageMetadata") },
        "start-step" => new StartStepChunk(),
        "finish-step" => new FinishStepChunk(),
        "message-metadata" => new MessageMetadataChunk(fields.JsonOrNull("messageMetadata")),
        "finish" => new FinishChunk(fields.String("finishReason")) { MessageMetadata = fields.Json("messageMetadata") },
        "abort" => new AbortChunk(fields.String("reason")),
        "error" => new ErrorChunk(fields.Required("errorText")),
        _ => null,
    };

    private static UIMessageChunk? Text(string type, JsonFields fields) => type switch
    {
        "text-start" => new TextStartChunk(fields.Required("id")) { ProviderMetadata = fields.Json("providerMetadata") },
        "text-delta" => new TextDeltaChunk(fields.Required("id"), fields.Required("delta")) { ProviderMetadata = fields.Json("providerMetadata") },
        "text-end" => new TextEndChunk(fields.Required("id")) { ProviderMetadata = fields.Json("providerMetadata") },
        "reasoning-start" => new ReasoningStartChunk(fields.Required("id")) { ProviderMetadata = fields.Json("providerMetadata") },
        "reasoning-delta" => new ReasoningDeltaChunk(fields.Required("id"), fields.Required("delta")) { ProviderMetadata = fields.Json("providerMetadata") },
        "reasoning-end" => new ReasoningEndChunk(fields.Required("id")) { ProviderMetadata = fields.Json("providerMetadata") },
        _ => null,
    };

    private static UIMessageChunk? Tool(string type, JsonFields fields) => type switch
    {
        "tool-input-start" => new ToolInputStartChunk(fields.Required("toolCallId"), fields.Required("toolName"))
        {
            InputEncoding = fields.String("inputEncoding"),
            ProviderExecuted = fields.Bool("providerExecuted"),
            ProviderMetadata = fields.Json("providerMetadata"),
            ToolMetadata = fields.Json("toolMetadata"),
            Dynamic = fields.Bool("dynamic"),
            Title = fields.String("title"),
        },
        "tool-input-delta" => new ToolInputDeltaChunk(fields.Required("toolCallId"), fields.Required("inputTextDelta")),
        "tool-input-available" => new ToolInputAvailableChunk(
            fields.Required("toolCallId"), fields.Required("toolName"), fields.JsonOrNull("input"))
        {
            ProviderExecuted = fields.Bool("providerExecuted"),
            ProviderMetadata = fields.Json("providerMetadata"),
            ToolMetadata = fields.Json("toolMetadata"),
            Dynamic = fields.Bool("dynamic"),
            Title = fields.String("title"),
        },
        "tool-input-error" => new ToolInputErrorChunk(
            fields.Required("toolCallId"), fields.Required("toolName"), fields.JsonOrNull("input"), fields.Required("errorText"))
        {
            ProviderExecuted = fields.Bool("providerExecuted"),
            ProviderMetadata = fields.Json("providerMetadata"),
            ToolMetadata = fields.Json("toolMetadata"),
            Dynamic = fields.Bool("dynamic"),
            Title = fields.String("title"),
        },
        "tool-approval-request" => new ToolApprovalRequestChunk(fields.Required("approvalId"), fields.Required("toolCallId"))
        {
            ApprovalDescriptor = fields.Json("approvalDescriptor"),
            InputSchemaInput = fields.Json("inputSchemaInput"),
            Signature = fields.String("signature"),
        },
        "tool-output-available" => new ToolOutputAvailableChunk(fields.Required("toolCallId"), fields.JsonOrNull("output"))
        {
            Preliminary = fields.Bool("preliminary"),
            ProviderExecuted = fields.Bool("providerExecuted"),
            ProviderMetadata = fields.Json("providerMetadata"),
            ToolMetadata = fields.Json("toolMetadata"),
            Dynamic = fields.Bool("dynamic"),
        },
        "tool-output-error" => new ToolOutputErrorChunk(fields.Required("toolCallId"), fields.Required("errorText"))
        {
            ProviderExecuted = fields.Bool("providerExecuted"),
            ProviderMetadata = fields.Json("providerMetadata"),
            ToolMetadata = fields.Json("toolMetadata"),
            Dynamic = fields.Bool("dynamic"),
        },
        "tool-output-denied" => new ToolOutputDeniedChunk(fields.Required("toolCallId")),
        _ => null,
    };

    private static UIMessageChunk? Content(string type, JsonFields fields) => type switch
    {
        "source-url" => new SourceUrlChunk(fields.Required("sourceId"), fields.Required("url"))
        {
            Title = fields.String("title"),
            ProviderMetadata = fields.Json("providerMetadata"),
        },
        "source-document" => new SourceDocumentChunk(
            fields.Required("sourceId"), fields.Required("mediaType"), fields.Required("title"))
        {
            Filename = fields.String("filename"),
            ProviderMetadata = fields.Json("providerMetadata"),
        },
        "file" => new FileChunk(fields.Required("url"), fields.Required("mediaType"))
        {
            ProviderMetadata = fields.Json("providerMetadata"),
        },
        _ when type.StartsWith(DataChunk.Prefix, StringComparison.Ordinal) =>
            new DataChunk(type[DataChunk.Prefix.Length..], fields.JsonOrNull("data"))
            {
                Id = fields.String("id"),
                Transient = fields.Bool("transient") is true,
            },
        _ => null,
    };
}
