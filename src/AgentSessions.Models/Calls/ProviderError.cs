using System.Text.Json;

namespace AgentSessions.Models.Calls;

/// <summary>The error object of a provider, as far as it could be read; empty when it could not.</summary>
internal readonly record struct ProviderError(int? Status, string? Code, string? Type, string? Message)
{
    /// <summary>Reads <c>{"error": {…}}</c>, <c>{"error": "text"}</c>, <c>{"message": …}</c> and arrays around them.</summary>
    public static ProviderError Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            Utf8JsonReader reader = new(body);
            return From(JsonElement.ParseValue(ref reader));
        }
        catch (JsonException)
        {
            return default;
        }
    }

    public static ProviderError From(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Array && json.GetArrayLength() > 0)
        {
            json = json[0];
        }

        if (json.Member("error") is { ValueKind: not JsonValueKind.Undefined } inner)
        {
            json = inner;
        }

        return json.ValueKind == JsonValueKind.String
            ? new(null, null, null, json.Text())
            : new(
                // Some servers put the HTTP status where others put a word.
                json.Integer("code"),
                // Azure's content filter says what it means only one level further in.
                json.Member("innererror").Text("code") ?? json.Text("code"),
                json.Text("type") ?? json.Text("status"),
                json.Text("message") ?? json.Text("detail"));
    }
}
