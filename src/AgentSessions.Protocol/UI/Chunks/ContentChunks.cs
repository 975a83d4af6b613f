using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>A web page the answer draws on.</summary>
public sealed record SourceUrlChunk(string SourceId, string Url) : UIMessageChunk
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
public sealed record SourceDocumentChunk(string SourceId, string MediaType, string Title) : UIMessageChunk
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

/// <summary>A file the model made.</summary>
/// <param name="Url">A hosted file or a data URL.</param>
/// <param name="MediaType">An IANA media type.</param>
public sealed record FileChunk(string Url, string MediaType) : UIMessageChunk
{
    public override string Type => "file";

    public JsonElement? ProviderMetadata { get; init; }

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("url"u8, Url);
        json.String("mediaType"u8, MediaType);
        json.Json("providerMetadata"u8, ProviderMetadata);
    }
}

/// <summary>The application's own data, of type <c>data-{name}</c>.</summary>
/// <param name="Name">What follows <c>data-</c> in the type.</param>
/// <param name="Data">Any JSON; the undefined element is written as <c>null</c>.</param>
public sealed record DataChunk(string Name, JsonElement Data) : UIMessageChunk
{
    internal const string Prefix = "data-";

    public override string Type => Prefix + Name;

    /// <summary>The same name and id replace the data of the part; without an id each chunk adds a part.</summary>
    public string? Id { get; init; }

    /// <summary>True keeps the data out of the message: live readers see it, the transcript does not.</summary>
    public bool Transient { get; init; }

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.Json("data"u8, Data);
        json.String("id"u8, Id);
        json.Bool("transient"u8, Transient ? true : null);
    }
}
