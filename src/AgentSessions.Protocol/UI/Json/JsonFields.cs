using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>The fields of one JSON object, taken by name; what nobody takes is the rest.</summary>
/// <remarks>
/// A typed field that is null counts as absent. A typed field of another kind is a <see cref="JsonException"/>, so
/// no known name ever ends up among the extra fields.
/// </remarks>
internal ref struct JsonFields
{
    private readonly List<KeyValuePair<string, JsonElement>> _rest;

    public JsonFields(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException($"Expected an object, found {value.ValueKind}.");
        }

        _rest = new(value.GetPropertyCount());
        foreach (var property in value.EnumerateObject())
        {
            _rest.Add(new(JsonStrings.Name(property), property.Value));
        }
    }

    public readonly string Required(string name) =>
        String(name) ?? throw new JsonException($"The field \"{name}\" is missing.");

    public readonly string? String(string name) => Typed(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => JsonStrings.Get(value),
        { } value => throw new JsonException($"The field \"{name}\" must be a string, found {value.ValueKind}."),
    };

    public readonly bool? Bool(string name) => Typed(name)?.ValueKind switch
    {
        null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        { } kind => throw new JsonException($"The field \"{name}\" must be a boolean, found {kind}."),
    };

    /// <summary>Any JSON value; here null is a value of its own and not the same as absent.</summary>
    public readonly JsonElement? Json(string name)
    {
        JsonElement? found = null;
        for (int i = _rest.Count - 1; i >= 0; i--)
        {
            if (_rest[i].Key == name)
            {
                // Of repeated names the last one counts, as in JSON.parse.
                found ??= _rest[i].Value;
                _rest.RemoveAt(i);
            }
        }

        return found;
    }

    /// <summary>A JSON value that is null when the field is absent.</summary>
    public readonly JsonElement JsonOrNull(string name) => Json(name) ?? JsonText.Null;

    public readonly ExtraFields? Rest() => _rest.Count == 0 ? null : new ExtraFields(_rest);

    private readonly JsonElement? Typed(string name) =>
        Json(name) is { ValueKind: not JsonValueKind.Null } value ? value : null;
}
