using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Sessions;

/// <summary>What a text on <c>in</c> means for its session.</summary>
internal enum InputKind
{
    /// <summary>Nothing: not JSON, or nothing that anybody knows.</summary>
    Other,

    /// <summary>A message that must end in a turn: any trigger but <c>close</c> and <c>preload</c>.</summary>
    Turn,

    /// <summary>What another process hands over of a first step.</summary>
    Handover,

    /// <summary>Tells the run to stop its turn.</summary>
    Stop,
}

/// <summary>What the session itself has to know of the records on its <c>in</c>; the run knows the rest.</summary>
internal static class InputJson
{
    public static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The record that tells a live run to end because its session was closed.</summary>
    public static readonly byte[] Close = Message("""{"trigger":"close"}""");

    /// <summary>The record that stops a turn.</summary>
    public static readonly byte[] Stop = """{"kind":"stop"}"""u8.ToArray();

    /// <summary>The text of a message that the session itself writes to its <c>in</c>.</summary>
    /// <param name="payload">A JSON object.</param>
    public static byte[] Message(string payload) => Encoding.UTF8.GetBytes($$"""{"kind":"message","payload":{{payload}}}""");

    /// <summary>Whether a record must end in a turn: a message of any trigger but <c>close</c>, and a handover where one is awaited.</summary>
    public static bool IsOwed(StreamRecord record, bool awaitsHandover = false)
    {
        if (record.IsCommand || Parse(Encoding.UTF8.GetBytes(record.Body)) is not JsonObject envelope || Text(Child(envelope, "data")) is not string data)
        {
            return false;
        }

        InputKind kind = KindOf(Encoding.UTF8.GetBytes(data));
        return kind == InputKind.Turn || (awaitsHandover && kind == InputKind.Handover);
    }

    /// <summary>What a text means before it is a record. Of a key written twice the last counts, as it does for the run.</summary>
    public static InputKind KindOf(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text);
        InputKind kind = InputKind.Other;
        bool asks = false;
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return InputKind.Other;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("kind"u8))
                {
                    kind = NamedBy(ref reader);
                }
                else if (reader.ValueTextEquals("payload"u8))
                {
                    asks = AsksForTurn(ref reader);
                }
                else
                {
                    reader.Skip();
                }
            }

            // Throws if something follows the object.
            reader.Read();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON, or a text that cannot be one (half of a surrogate pair): the run drops it too.
            return InputKind.Other;
        }

        return kind == InputKind.Turn && !asks ? InputKind.Other : kind;
    }

    private static InputKind NamedBy(ref Utf8JsonReader reader)
    {
        reader.Read();
        InputKind kind = Is(in reader, "message"u8) == true ? InputKind.Turn
            : Is(in reader, "stop"u8) == true ? InputKind.Stop
            : Is(in reader, "handover"u8) == true ? InputKind.Handover
            : InputKind.Other;
        reader.Skip();
        return kind;
    }

    private static bool AsksForTurn(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return false;
        }

        bool asks = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("trigger"u8))
            {
                reader.Read();
                asks = Is(in reader, "close"u8) == false && Is(in reader, "preload"u8) == false;
            }

            reader.Skip();
        }

        return asks;
    }

    /// <summary>Whether a value is this text; null if it is a string but no text (half of a surrogate pair), which the run drops.</summary>
    private static bool? Is(in Utf8JsonReader reader, ReadOnlySpan<byte> text)
    {
        try
        {
            return reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(text);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The part id in the envelope of an appended text; null for any other record, such as a chunk, whose id is not a client's.</summary>
    public static string? PartId(StreamRecord record)
    {
        if (record.Body.Length == 0)
        {
            return null;
        }

        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(record.Body));
        bool isText = false;
        string? id = null;
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isId = reader.ValueTextEquals("id"u8);
                bool isData = reader.ValueTextEquals("data"u8);
                reader.Read();
                if (isId)
                {
                    id = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
                }
                else if (isData)
                {
                    isText = reader.TokenType == JsonTokenType.String;
                }

                reader.Skip();
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Records written through the sink hold any text; those have no part id.
        }

        return isText ? id : null;
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
