using System.Text.Json;

namespace AgentSessions.Models.Calls;

/// <summary>Reads members that may be missing, null or of another type than the protocol says; all three read as absent.</summary>
internal static class LenientJson
{
    public static JsonElement Member(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) ? value : default;

    /// <summary>The text, or null; an empty text reads as null, because nothing follows from one.</summary>
    public static string? Text(this JsonElement json, string name) =>
        json.Member(name) is { ValueKind: JsonValueKind.String } value && value.Text() is { Length: > 0 } text ? text : null;

    /// <exception cref="JsonException">The text is no Unicode: broken UTF-8, or half a surrogate pair.</exception>
    public static string Text(this JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("not Unicode", e);
        }
    }

    public static int? Integer(this JsonElement json, string name) =>
        json.Member(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int number) ? number : null;

    public static long? Amount(this JsonElement json, string name) =>
        json.Member(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out long number) && number >= 0 ? number : null;

    public static IEnumerable<JsonElement> Items(this JsonElement json, string name) =>
        json.Member(name) is { ValueKind: JsonValueKind.Array } value ? value.EnumerateArray() : [];
}
