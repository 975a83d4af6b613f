using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentSessions.Models.OpenAI;

/// <summary>Writes the properties of a request's body, leaving out the ones that the caller brought ready-made.</summary>
internal sealed class RequestBodyWriter(Utf8JsonWriter json, JsonObject raw)
{
    /// <summary>Writes the property's name, unless the caller brought it; then its value must not be written either.</summary>
    public bool Owns(string name)
    {
        if (raw.ContainsKey(name))
        {
            return false;
        }

        json.WritePropertyName(name);
        return true;
    }

    public void Text(string name, string? value)
    {
        if (value is not null && Owns(name))
        {
            json.WriteStringValue(value);
        }
    }

    public void Number(string name, float? value)
    {
        if (value is { } number && Owns(name))
        {
            json.WriteNumberValue(number);
        }
    }

    public void Number(string name, int? value) => Number(name, (long?)value);

    public void Number(string name, long? value)
    {
        if (value is { } number && Owns(name))
        {
            json.WriteNumberValue(number);
        }
    }

    public void Texts(string name, IList<string>? values)
    {
        if (values is { Count: > 0 } && Owns(name))
        {
            json.WriteStartArray();
            foreach (string value in values)
            {
                json.WriteStringValue(value);
            }

            json.WriteEndArray();
        }
    }

    /// <summary>Writes what the caller brought.</summary>
    public void Rest()
    {
        foreach ((string name, JsonNode? value) in raw)
        {
            json.WritePropertyName(name);
            if (value is null)
            {
                json.WriteNullValue();
            }
            else
            {
                value.WriteTo(json);
            }
        }
    }
}
