using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentSessions.Protocol.UI;

/// <summary>How UI messages, chunks and the values inside them are written as JSON.</summary>
public static class UIJson
{
    /// <summary>camelCase names, compact, nulls left out, only the escapes that JSON demands. Read-only and shared.</summary>
    public static JsonSerializerOptions Options { get; } = CreateOptions();

    /// <summary>The JSON value <c>null</c>.</summary>
    public static JsonElement Null => JsonText.Null;

    /// <summary>The JSON of any value, written with <see cref="Options"/> unless others are given.</summary>
    /// <remarks>A <see cref="JsonElement"/> is handed back as it is; an undefined one becomes <c>null</c>. A string keeps its lone surrogates.</remarks>
    public static JsonElement ToElement<T>(T value, JsonSerializerOptions? options = null) => value switch
    {
        JsonElement { ValueKind: JsonValueKind.Undefined } => Null,
        JsonElement element => element,
        string text => JsonText.ToElement(text),
        _ => JsonSerializer.SerializeToElement(value, options ?? Options),
    };

    /// <summary>The same value with every lone surrogate replaced by U+FFFD, for libraries that refuse them.</summary>
    public static JsonElement ToWellFormed(JsonElement value) => WellFormedJson.Of(value);

    private static JsonSerializerOptions CreateOptions()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.General)
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Converters =
            {
                new UIMessageChunkConverter(), new UIMessageConverter(), new UIMessagePartConverter(), new RawJsonElementConverter(),
            },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
