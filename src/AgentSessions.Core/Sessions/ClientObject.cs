using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentSessions.Core.Sessions;

/// <summary>Objects that a client wrote, to be changed. Of a key written twice the last counts, as it does for whoever parses JSON.</summary>
/// <remarks>A <see cref="JsonObject"/> that was parsed takes such a text and throws at the first look into it, long after it was stored.</remarks>
public static class ClientObject
{
    /// <summary>Parses an object; null for any other value.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static JsonObject? Parse(string json) => Of(JsonElement.Parse(json)) as JsonObject;

    private static JsonNode? Of(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var parent = new JsonObject();
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    parent[property.Name] = Of(property.Value);
                }

                return parent;
            case JsonValueKind.Array:
                return new JsonArray([.. value.EnumerateArray().Select(Of)]);
            case JsonValueKind.Null:
                return null;
            default:
                return JsonValue.Create(value);
        }
    }
}
