using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using AgentSessions.Client.Connections;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Client.Http;

/// <summary>Bodies of the sessions API. Answers of another form are <see cref="JsonException"/>s.</summary>
internal static class WireBodies
{
    private static readonly JsonWriterOptions _options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Start(SessionStart start) => Object(json =>
    {
        json.WriteString("type"u8, "chat.agent"u8);
        json.WriteString("externalId"u8, start.ChatId);
        json.WriteString("taskIdentifier"u8, start.Agent);
        json.WritePropertyName("triggerConfig"u8);
        json.WriteRawValue(start.TriggerConfig);
        if (start.Tags is not null)
        {
            json.WriteStartArray("tags"u8);
            foreach (string tag in start.Tags)
            {
                json.WriteStringValue(tag);
            }

            json.WriteEndArray();
        }
    });

    public static ReadOnlyMemory<byte> Close(string? reason) => Object(json =>
    {
        if (reason is not null)
        {
            json.WriteString("reason"u8, reason);
        }
    });

    public static SessionStarted Started(JsonElement answer) => new(
        Text(answer, "id"),
        Text(answer, "runId"),
        Text(answer, "publicAccessToken"),
        answer.TryGetProperty("isCached"u8, out JsonElement cached) && cached.ValueKind == JsonValueKind.True);

    public static long Sequence(JsonElement answer) =>
        answer.TryGetProperty("seq"u8, out JsonElement sequence) && sequence.ValueKind == JsonValueKind.Number && sequence.TryGetInt64(out long number)
            ? number
            : throw new JsonException("The answer has no sequence number.");

    public static IReadOnlyList<UIMessage> Messages(JsonElement answer) =>
        answer.TryGetProperty("messages"u8, out JsonElement messages) && messages.ValueKind == JsonValueKind.Array
            ? [.. messages.EnumerateArray().Select(static message => message.Deserialize<UIMessage>(UIJson.Options)!)]
            : throw new JsonException("The answer has no messages.");

    public static string Text(JsonElement answer, string name) =>
        answer.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new JsonException($"The answer has no {name}.");

    private static ReadOnlyMemory<byte> Object(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, _options))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
