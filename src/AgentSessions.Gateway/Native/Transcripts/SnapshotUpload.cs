using System.Globalization;
using System.Text;
using System.Text.Json;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Errors;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Gateway.Native.Transcripts;

/// <summary>Reads an uploaded snapshot in either of its formats (wire document, section 10).</summary>
internal static class SnapshotUpload
{
    private const int TrailerBytes = 22;

    private static ReadOnlySpan<byte> LineFormatMark => "{\"v\":2"u8;

    private static ReadOnlySpan<byte> TrailerMark => "#tt2:"u8;

    /// <param name="body">The upload.</param>
    /// <param name="now">Unix milliseconds, for an upload that does not say when it was made.</param>
    /// <returns>A change that replaces the whole transcript.</returns>
    /// <exception cref="RequestRefusedException">400: neither format.</exception>
    public static TranscriptDelta Parse(ReadOnlyMemory<byte> body, long now) =>
        body.Span.StartsWith(LineFormatMark) ? ParseLines(body, now) : ParseWhole(body, now);

    private static TranscriptDelta ParseWhole(ReadOnlyMemory<byte> body, long now)
    {
        JsonElement root = StrictJson.ParseObject(body);
        var fields = new BodyFields(root);
        if (fields.Any("version") is not { ValueKind: JsonValueKind.Number } version || version.GetRawText() != "1"
            || fields.Any("messages") is not { ValueKind: JsonValueKind.Array } messages)
        {
            throw Refuse.BadRequest("The snapshot is of no known format");
        }

        return Make(fields, [.. messages.EnumerateArray().Select(static message => Whole(message))], now);
    }

    /// <summary>A header line, a line for each message, an index line, and a trailer that says how long the index line is.</summary>
    private static TranscriptDelta ParseLines(ReadOnlyMemory<byte> body, long now)
    {
        int headerEnd = body.Span.IndexOf((byte)'\n');
        if (headerEnd < 0)
        {
            throw Refuse.BadRequest("The snapshot has no messages");
        }

        var header = new BodyFields(StrictJson.ParseObject(body[..headerEnd]));
        int indexStart = IndexStart(body.Span);
        ReadOnlyMemory<byte> rest = indexStart > headerEnd ? body[(headerEnd + 1)..indexStart] : throw CutOff();
        var messages = new List<StoredMessage>();
        while (!rest.IsEmpty)
        {
            int end = rest.Span.IndexOf((byte)'\n');
            ReadOnlyMemory<byte> line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            var entry = new BodyFields(StrictJson.ParseObject(line));
            messages.Add(Message(entry.RequiredText("id", 1, 1024), entry.RequiredObject("message"), entry.Any("final") is { ValueKind: JsonValueKind.True }));
        }

        return Make(header, messages, now);
    }

    private static int IndexStart(ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> trailer = body[^Math.Min(TrailerBytes, body.Length)..];
        if (!trailer.StartsWith(TrailerMark)
            || !int.TryParse(trailer[TrailerMark.Length..^1], NumberStyles.None, CultureInfo.InvariantCulture, out int length)
            || body.Length - TrailerBytes - length - 1 is not (> 0 and int start))
        {
            throw CutOff();
        }

        return start;
    }

    private static RequestRefusedException CutOff() => Refuse.BadRequest("The snapshot was cut off");

    private static StoredMessage Whole(JsonElement message) => message.ValueKind == JsonValueKind.Object
        ? Message(new BodyFields(message).RequiredText("id", 1, 1024), message, isFinal: true)
        : throw Refuse.BadRequest("A message must be an object", "messages");

    private static StoredMessage Message(string id, JsonElement message, bool isFinal)
    {
        if (!message.TryGetProperty("id"u8, out JsonElement own) || own.ValueKind != JsonValueKind.String || !own.ValueEquals(id))
        {
            throw Refuse.BadRequest("A message's id differs from its entry's", "messages");
        }

        // Runs and readers of the conversation parse it; what they cannot would end every later run at its start.
        return IsMessage(message)
            ? new StoredMessage(id, Encoding.UTF8.GetBytes(message.GetRawText()), isFinal)
            : throw Refuse.BadRequest($"Message {id} is no message with a role and parts of some type", "messages");
    }

    private static bool IsMessage(JsonElement message)
    {
        try
        {
            // As of what is appended: clients that show a message ask each part for its type first.
            return message.Deserialize<UIMessage>(UIJson.Options) is { } read && read.Parts.All(static part => part.Type.Length > 0);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static TranscriptDelta Make(BodyFields fields, List<StoredMessage> messages, long now) => new()
    {
        TruncateAfter = "",
        Puts = messages,
        State = fields.Any("state") is { ValueKind: JsonValueKind.Object } state ? state.GetRawText() : null,
        LastOutSequence = Sequence(fields, "lastOutEventId"),
        LastInSequence = Sequence(fields, "lastInEventId"),
        SavedAt = fields.Whole("savedAt", 0, long.MaxValue) ?? now,
    };

    private static long? Sequence(BodyFields fields, string name)
    {
        if (fields.Text(name, 1, 20) is not { } text)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long sequence)
            ? sequence
            : throw fields.Wrong(name, "must be a record's number");
    }
}
