using System.Text;
using System.Text.Json;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Client.Http;

/// <summary>One event of a reading window (wire document, section 5.2).</summary>
internal abstract record WindowEvent
{
    /// <summary>Reads an event's data.</summary>
    /// <exception cref="JsonException">A batch was cut off or is none.</exception>
    public static WindowEvent Parse(string type, ReadOnlySpan<byte> data) => type switch
    {
        "batch" => new Batch(ReadRecords(data)),
        "error" => new Failed(Encoding.UTF8.GetString(data)),
        "message" when data.SequenceEqual("[DONE]"u8) => new Over(),
        _ => new Ping(),
    };

    /// <summary>Records.</summary>
    public sealed record Batch(IReadOnlyList<StreamRecord> Records) : WindowEvent;

    /// <summary>The server could not go on reading.</summary>
    public sealed record Failed(string Text) : WindowEvent;

    /// <summary>The window is over as it should be.</summary>
    public sealed record Over : WindowEvent;

    /// <summary>A sign of life, or an event this version does not know.</summary>
    public sealed record Ping : WindowEvent;

    private static StreamRecord[] ReadRecords(ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data);
        using JsonDocument batch = JsonDocument.ParseValue(ref reader);
        if (batch.RootElement.ValueKind != JsonValueKind.Object || !batch.RootElement.TryGetProperty("records"u8, out JsonElement records))
        {
            throw new JsonException("The batch has no records.");
        }

        try
        {
            return [.. records.EnumerateArray().Select(ReadRecord)];
        }
        catch (Exception exception) when (exception is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new JsonException("A record of the batch is not of the wire's form.", exception);
        }
    }

    private static StreamRecord ReadRecord(JsonElement record) => new(
        record.GetProperty("seq_num"u8).GetInt64(),
        record.GetProperty("timestamp"u8).GetInt64(),
        record.GetProperty("body"u8).GetString() ?? "",
        record.TryGetProperty("headers"u8, out JsonElement headers) && headers.ValueKind == JsonValueKind.Array
            ? [.. headers.EnumerateArray().Select(static pair => new RecordHeader(pair[0].GetString() ?? "", pair[1].GetString() ?? ""))]
            : []);
}
