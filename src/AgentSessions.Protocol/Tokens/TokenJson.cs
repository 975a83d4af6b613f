using System.Text.Json;

namespace AgentSessions.Protocol.Tokens;

/// <summary>Reads the JSON of a token so that whatever is odd about it counts as absent.</summary>
internal static class TokenJson
{
    // A repeated claim would let two readers see two different tokens.
    private static readonly JsonDocumentOptions _options = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <summary>The document if it is one JSON object, else null. Dispose it.</summary>
    public static JsonDocument? Parse(byte[] json)
    {
        try
        {
            var document = JsonDocument.Parse(json, _options);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
        }
        catch (JsonException)
        {
        }

        return null;
    }

    public static string? String(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) ? String(value) : null;

    public static string? String(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Not valid as text, such as a lone surrogate.
            return null;
        }
    }
}
