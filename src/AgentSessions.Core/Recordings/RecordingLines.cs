using System.Text.Json;
using System.Text.Json.Serialization;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Recordings;

/// <summary>The lines of a recording: one JSON object each, told apart by <c>kind</c>.</summary>
internal static class RecordingLines
{
    private static readonly JsonSerializerOptions _json = new(UIJson.Options)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    public static async Task WriteAsync<T>(Stream output, string kind, T fields, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("kind"u8, kind);
            foreach (JsonProperty field in JsonSerializer.SerializeToElement(fields, _json).EnumerateObject())
            {
                field.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        await output.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), cancellationToken);
    }

    public static Task WriteAsync(Stream output, string kind, StreamRecord record, CancellationToken cancellationToken) => WriteAsync(
        output,
        kind,
        new
        {
            sequence = record.Sequence,
            timestamp = record.Timestamp,
            body = record.Body,
            headers = record.Headers.Select(static header => new[] { header.Name, header.Value }),
        },
        cancellationToken);

    /// <summary>Hands over each line that is not empty.</summary>
    /// <param name="input">The file.</param>
    /// <param name="take">Takes a line: its number from 1, its kind and its fields.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="FormatException">A line is none of a recording; the message names it.</exception>
    public static async Task ReadAsync(Stream input, Action<int, string?, JsonElement> take, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(input, leaveOpen: true);
        for (int number = 1; await reader.ReadLineAsync(cancellationToken) is { } line; number++)
        {
            if (line.Length == 0)
            {
                continue;
            }

            try
            {
                JsonElement fields = JsonElement.Parse(line);
                take(number, fields.GetProperty("kind"u8).GetString(), fields);
            }
            catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                throw new FormatException($"Line {number} is no line of a recording.", exception);
            }
        }
    }

    /// <summary>A value of a line.</summary>
    public static T Value<T>(JsonElement fields, string name) => fields.GetProperty(name).Deserialize<T>(_json)!;

    /// <summary>The record that a line is.</summary>
    public static StreamRecord Record(JsonElement fields) => new(
        fields.GetProperty("sequence"u8).GetInt64(),
        fields.GetProperty("timestamp"u8).GetInt64(),
        fields.GetProperty("body"u8).GetString()!,
        [.. fields.GetProperty("headers"u8).EnumerateArray().Select(static header => new RecordHeader(header[0].GetString()!, header[1].GetString()!))]);
}
