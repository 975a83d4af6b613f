using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>A file, uploaded by the user or made by the model.</summary>
/// <param name="MediaType">An IANA media type.</param>
/// <param name="Url">A hosted file or a data URL.</param>
public sealed record FilePart(string MediaType, string Url) : UIMessagePart
{
    public override string Type => "file";

    public string? Filename { get; init; }

    public JsonElement? ProviderMetadata { get; init; }

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("mediaType"u8, MediaType);
        json.String("filename"u8, Filename);
        json.String("url"u8, Url);
        json.Json("providerMetadata"u8, ProviderMetadata);
    }
}

/// <summary>A web page the answer draws on.</summary>
public sealed record SourceUrlPart(string SourceId, string Url) : UIMessagePart
{
    public override string Type => "source-url";

    public string? Title { get; init; }

    public JsonElement? ProviderMetadata { get; init; }

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("sourceId"u8, SourceId);
        json.String("url"u8, Url);
        json.String("title"u8, Title);
        json.Json("providerMetadata"u8, ProviderMetadata);
    }
}

/// <summary>A document the answer draws on.</summary>
public sealed record SourceDocumentPart(string SourceId, string MediaType, string Title) : UIMessagePart
{
    public override string Type => "source-document";

    public string? Filename { get; init; }

    public JsonElement? ProviderMetadata { get; init; }

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("sourceId"u8, SourceId);
        json.String("mediaType"u8, MediaType);
        json.String("title"u8, Title);
        json.String("filename"u8, Filename);
        json.Json("providerMetadata"u8, ProviderMetadata);
    }
}

/// <summary>The application's own data, of type <c>data-{name}</c>. Never reaches the model.</summary>
/// <param name="Name">What follows <c>data-</c> in the type.</param>
/// <param name="Data">Any JSON.</param>
public sealed record DataPart(string Name, JsonElement Data) : UIMessagePart
{
    /// <summary>Written by the agent when it takes messages into a running turn; says which.</summary>
    public const string PendingMessageInjected = "pending-message-injected";

    /// <summary>Written by the agent when background messages enter a running turn.</summary>
    public const string BackgroundInjected = "background-injected";

    public override string Type => DataChunk.Prefix + Name;

    public string? Id { get; init; }

    /// <summary>The ids of the user messages that a part or chunk of this name and data says were taken into the running turn; none for any other.</summary>
    public static IEnumerable<string> InjectedMessages(string name, JsonElement data) =>
        name == PendingMessageInjected && data.ValueKind == JsonValueKind.Object
        && data.TryGetProperty("messageIds"u8, out JsonElement ids) && ids.ValueKind == JsonValueKind.Array
            ? ids.EnumerateArray().Where(static id => id.ValueKind == JsonValueKind.String).Select(JsonStrings.Get)
            : [];

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("id"u8, Id);
        json.Json("data"u8, Data);
    }
}

/// <summary>Marks where a step of the answer begins.</summary>
public sealed record StepStartPart : UIMessagePart
{
    public override string Type => "step-start";

    internal override void WriteFields(ref JsonObjectWriter json)
    {
    }
}

/// <summary>A part this version does not know, or not in this shape, kept unchanged.</summary>
/// <param name="Raw">The whole part, any JSON.</param>
public sealed record UnknownPart(JsonElement Raw) : UIMessagePart
{
    /// <summary>Empty if the part does not say.</summary>
    public override string Type { get; } =
        Raw.ValueKind == JsonValueKind.Object
        && Raw.TryGetProperty("type"u8, out var type)
        && type.ValueKind == JsonValueKind.String
            ? JsonStrings.Get(type)
            : "";

    internal override void WriteFields(ref JsonObjectWriter json) =>
        throw new NotSupportedException("An unknown part is written as it came.");
}
