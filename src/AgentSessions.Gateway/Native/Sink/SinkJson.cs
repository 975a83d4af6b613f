using System.Text;
using System.Text.Json;
using AgentSessions.Core.Sessions;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Errors;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Gateway.Native.Sink;

/// <summary>The sink's messages in JSON (wire document, section 11).</summary>
internal static class SinkJson
{
    private const int MaxHeaders = 100;

    /// <exception cref="RequestRefusedException">400.</exception>
    public static SinkInput ReadInput(ReadOnlyMemory<byte> body)
    {
        var fields = new BodyFields(StrictJson.ParseObject(body));
        if (fields.Any("records") is not { ValueKind: JsonValueKind.Array } records)
        {
            throw fields.Wrong("records", "must be a list of records");
        }

        long? expected = fields.Any("match_seq_num") is { ValueKind: JsonValueKind.Null } ? null : fields.Whole("match_seq_num", 0, long.MaxValue);
        return new SinkInput([.. records.EnumerateArray().Select(ReadRecord)], expected is long tail ? new Cursor(tail) : null);
    }

    public static void WriteAck(Utf8JsonWriter json, SinkAck ack)
    {
        json.WriteStartObject();
        WritePosition(json, "start"u8, ack.Start, ack.Timestamp);
        WritePosition(json, "end"u8, ack.End, ack.Timestamp);
        WritePosition(json, "tail"u8, ack.End, ack.Timestamp);
        json.WriteEndObject();
    }

    private static NewRecord ReadRecord(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Refuse.BadRequest("records must hold objects", "records");
        }

        var record = new BodyFields(element, "records.");
        JsonElement? body = record.Any("body");
        string text = body switch
        {
            null or { ValueKind: JsonValueKind.Null } => "",
            { ValueKind: JsonValueKind.String } value => value.GetString()!,
            _ => throw record.Wrong("body", "must be a string"),
        };
        return SinkInput.Record(Encoding.UTF8.GetBytes(text), ReadHeaders(record));
    }

    private static List<RecordHeader> ReadHeaders(BodyFields record)
    {
        if (record.Any("headers") is not { ValueKind: not JsonValueKind.Null } headers)
        {
            return [];
        }

        if (headers.ValueKind != JsonValueKind.Array || headers.GetArrayLength() > MaxHeaders)
        {
            throw record.Wrong("headers", $"must be a list of at most {MaxHeaders} pairs");
        }

        return [.. headers.EnumerateArray().Select(pair =>
            pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2
            && pair[0].ValueKind == JsonValueKind.String && pair[1].ValueKind == JsonValueKind.String
                ? new RecordHeader(pair[0].GetString()!, pair[1].GetString()!)
                : throw record.Wrong("headers", "must hold pairs of a name and a value"))];
    }

    private static void WritePosition(Utf8JsonWriter json, ReadOnlySpan<byte> name, Cursor place, long timestamp)
    {
        json.WriteStartObject(name);
        json.WriteNumber("seq_num"u8, place.Value);
        json.WriteNumber("timestamp"u8, timestamp);
        json.WriteEndObject();
    }
}
