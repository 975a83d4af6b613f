using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Client.Turns;

/// <summary>The records a chat appends to <c>in</c> (wire document, section 7).</summary>
internal static class Inputs
{
    private static readonly JsonWriterOptions _options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Ends the live turn; the run stays.</summary>
    public static ReadOnlyMemory<byte> Stop { get; } = """{"kind":"stop"}"""u8.ToArray();

    /// <summary>A message that asks for a turn.</summary>
    public static ReadOnlyMemory<byte> Submit(string chatId, UIMessage message, JsonElement? metadata) =>
        Message(chatId, "submit-message", metadata, json =>
        {
            json.WritePropertyName("message"u8);
            JsonSerializer.Serialize(json, message, UIJson.Options);
        });

    /// <summary>Asks for the last answer again.</summary>
    public static ReadOnlyMemory<byte> Regenerate(string chatId, JsonElement? metadata) =>
        Message(chatId, "regenerate-message", metadata, static _ => { });

    /// <summary>A typed edit.</summary>
    public static ReadOnlyMemory<byte> Action(string chatId, JsonElement action, JsonElement? metadata) =>
        Message(chatId, "action", metadata, json =>
        {
            json.WritePropertyName("action"u8);
            action.WriteTo(json);
        });

    /// <summary>Ends the run, not the session.</summary>
    public static ReadOnlyMemory<byte> EndRun(string chatId) => Message(chatId, "close", null, static _ => { });

    /// <summary>The slim copy of an assistant message: its id and the resolved call, nothing the server has anyway.</summary>
    public static UIMessage Answer(string messageId, ToolPart resolved) =>
        new() { Id = messageId, Role = UIMessageRole.Assistant, Parts = [resolved] };

    private static ReadOnlyMemory<byte> Message(string chatId, string trigger, JsonElement? metadata, Action<Utf8JsonWriter> writeRest)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, _options))
        {
            json.WriteStartObject();
            json.WriteString("kind"u8, "message"u8);
            json.WriteStartObject("payload"u8);
            writeRest(json);
            json.WriteString("chatId"u8, chatId);
            json.WriteString("trigger"u8, trigger);
            if (metadata is JsonElement data)
            {
                json.WritePropertyName("metadata"u8);
                data.WriteTo(json);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
