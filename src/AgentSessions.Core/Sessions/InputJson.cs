using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Sessions;

/// <summary>What the session itself has to know of the records on its <c>in</c>; the run knows the rest.</summary>
internal static class InputJson
{
    public static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>No client's stop is as long.</summary>
    private const int MaxStopBytes = 4 << 10;

    /// <summary>The record that tells a live run to end because its session was closed.</summary>
    public static readonly byte[] Close = """{"kind":"message","payload":{"trigger":"close"}}"""u8.ToArray();

    /// <summary>Whether a record must end in a turn: a message of any trigger but <c>close</c>, and a handover where one is awaited.</summary>
    public static bool IsOwed(StreamRecord record, bool awaitsHandover = false)
    {
        return !record.IsCommand && Parse(Encoding.UTF8.GetBytes(record.Body)) is JsonObject envelope && Text(Child(envelope, "data")) is string data
            && (AsksForTurn(Encoding.UTF8.GetBytes(data)) || (awaitsHandover && IsHandover(Encoding.UTF8.GetBytes(data))));
    }

    /// <summary>The same of a text before it is a record.</summary>
    public static bool AsksForTurn(ReadOnlySpan<byte> text) =>
        Parse(text) is JsonObject input && Text(Child(input, "kind")) == "message"
        && Child(input, "payload") is JsonObject payload && Text(Child(payload, "trigger")) is not ("close" or "preload");

    /// <summary>Whether a text tells the run to stop its turn.</summary>
    public static bool IsStop(ReadOnlySpan<byte> text) =>
        text.Length <= MaxStopBytes && Parse(text) is JsonObject input && Text(Child(input, "kind")) == "stop";

    /// <summary>Whether it is what another process hands over of a first step.</summary>
    public static bool IsHandover(ReadOnlySpan<byte> text) => Parse(text) is JsonObject input && Text(Child(input, "kind")) == "handover";

    /// <summary>The part id in a stored record's envelope, or null.</summary>
    public static string? PartId(StreamRecord record)
    {
        if (record.Body.Length == 0)
        {
            return null;
        }

        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(record.Body));
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isId = reader.ValueTextEquals("id"u8);
                reader.Read();
                if (isId)
                {
                    return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
                }

                reader.Skip();
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Records written through the sink hold any text; those have no part id.
        }

        return null;
    }

    /// <summary>A node's text, or null if it is not a string.</summary>
    public static string? Text(JsonNode? node)
    {
        try
        {
            return node is JsonValue value && value.GetValueKind() == JsonValueKind.String && value.TryGetValue(out string? text) ? text : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, which JSON can write and text cannot hold.
            return null;
        }
    }

    private static JsonNode? Child(JsonObject parent, string key)
    {
        try
        {
            return parent[key];
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // A key written twice, or one that text cannot hold, only shows itself at the first look.
            return null;
        }
    }

    private static JsonNode? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonNode.Parse(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
