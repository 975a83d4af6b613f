using System.Text.Json;
using AgentSessions.Gateway.Errors;

namespace AgentSessions.Gateway.Bodies;

/// <summary>Takes fields out of a JSON object, each with its rule. Whatever breaks a rule is a 400 that names the field.</summary>
/// <param name="json">The object.</param>
/// <param name="path">The object's own name with a dot behind it, or empty.</param>
internal readonly struct BodyFields(JsonElement json, string path = "")
{
    /// <summary>A field's value; null when it is absent. A JSON null is a value.</summary>
    public JsonElement? Any(string name) => json.TryGetProperty(name, out JsonElement value) ? value : null;

    /// <summary>A text of so many characters (UTF-16 units, as clients count them), without NUL; null when absent.</summary>
    public string? Text(string name, int min, int max) => Any(name) is { } value ? Text(value, path + name, min, max) : null;

    /// <summary>A text that must be there.</summary>
    public string RequiredText(string name, int min, int max) => Text(name, min, max) ?? throw Missing(name);

    /// <summary>An object; null when absent.</summary>
    public JsonElement? Object(string name)
    {
        JsonElement? value = Any(name);
        return value is null or { ValueKind: JsonValueKind.Object } ? value : throw Wrong(name, "must be an object");
    }

    /// <summary>An object that must be there.</summary>
    public JsonElement RequiredObject(string name) => Object(name) ?? throw Missing(name);

    /// <summary>A whole number within bounds; null when absent.</summary>
    public long? Whole(string name, long min, long max)
    {
        if (Any(name) is not { } value)
        {
            return null;
        }

        // 60.0 is a whole number in JavaScript.
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsInteger(number) && number >= min && number <= max
            ? (long)number
            : throw Wrong(name, max == long.MaxValue ? $"must be a whole number of at least {min}" : $"must be a whole number from {min} to {max}");
    }

    /// <summary>A list of texts; null when absent.</summary>
    public List<string>? Texts(string name, int maxCount, int maxLength)
    {
        if (Any(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > maxCount)
        {
            throw Wrong(name, $"must be a list of at most {maxCount} strings");
        }

        string field = path + name;
        return [.. value.EnumerateArray().Select(element => Text(element, field, 0, maxLength))];
    }

    /// <summary>A moment as an ISO 8601 text or Unix milliseconds; null when absent.</summary>
    public DateTimeOffset? Moment(string name)
    {
        if (Any(name) is not { } value)
        {
            return null;
        }

        return BodyMoment.Parse(value) ?? throw Wrong(name, "must be an ISO 8601 date");
    }

    public RequestRefusedException Wrong(string name, string rule) => Refuse.BadRequest($"{path}{name} {rule}", path + name);

    private RequestRefusedException Missing(string name) => Wrong(name, "is required");

    private static string Text(JsonElement value, string field, int min, int max)
    {
        string? text = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        if (text is null || text.Length < min || text.Length > max)
        {
            string bounds = (min, max) switch
            {
                (1, int.MaxValue) => "that is not empty",
                (_, int.MaxValue) => $"of at least {min} characters",
                (0, _) => $"of at most {max} characters",
                _ => $"of {min} to {max} characters",
            };
            throw Refuse.BadRequest($"{field} must be a string {bounds}", field);
        }

        return text.Contains('\0') ? throw Refuse.BadRequest($"{field} must not contain the character U+0000", field) : text;
    }
}
