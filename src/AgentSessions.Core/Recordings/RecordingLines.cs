using System.Text.Json;
using System.Text.Json.Serialization;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Recordings;

/// <summary>The lines of a recording.</summary>
internal static class RecordingLines
{
    private static readonly JsonSerializerOptions _json = new(UIJson.Options)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    public static async Task WriteAsync(SessionRecording recording, Stream output, CancellationToken cancellationToken)
    {
        await LineAsync("session", new { format = SessionRecording.Format, session = recording.Session });
        foreach (RecordedRun run in recording.Runs)
        {
            await LineAsync("run", new { run });
        }

        foreach (StreamRecord record in recording.In)
        {
            await LineAsync("in", Line(record));
        }

        foreach (StreamRecord record in recording.Out)
        {
            await LineAsync("out", Line(record));
        }

        foreach (UIMessage message in recording.Transcript)
        {
            await LineAsync("message", new { message });
        }

        async Task LineAsync<T>(string kind, T fields)
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
    }

    public static async Task<SessionRecording> ReadAsync(Stream input, CancellationToken cancellationToken)
    {
        RecordedSession? session = null;
        List<RecordedRun> runs = [];
        List<StreamRecord> inputs = [], outputs = [];
        List<UIMessage> transcript = [];
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
                switch (fields.GetProperty("kind"u8).GetString())
                {
                    case "session":
                        int format = fields.GetProperty("format"u8).GetInt32();
                        session = format is > 0 and <= SessionRecording.Format
                            ? fields.GetProperty("session"u8).Deserialize<RecordedSession>(_json)
                            : throw new FormatException($"Line {number}: the format {format} is not known here.");
                        break;
                    case "run":
                        runs.Add(fields.GetProperty("run"u8).Deserialize<RecordedRun>(_json)!);
                        break;
                    case "in":
                        inputs.Add(Record(fields));
                        break;
                    case "out":
                        outputs.Add(Record(fields));
                        break;
                    case "message":
                        transcript.Add(fields.GetProperty("message"u8).Deserialize<UIMessage>(_json)!);
                        break;
                    default:
                        // A later format may add lines; those here stand for themselves.
                        break;
                }
            }
            catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                throw new FormatException($"Line {number} is no line of a recording.", exception);
            }
        }

        return new SessionRecording
        {
            Session = session ?? throw new FormatException("There is no session in the file."),
            Runs = runs,
            In = inputs,
            Out = outputs,
            Transcript = transcript,
        };
    }

    private static object Line(StreamRecord record) => new
    {
        sequence = record.Sequence,
        timestamp = record.Timestamp,
        body = record.Body,
        headers = record.Headers.Select(static header => new[] { header.Name, header.Value }),
    };

    private static StreamRecord Record(JsonElement fields) => new(
        fields.GetProperty("sequence"u8).GetInt64(),
        fields.GetProperty("timestamp"u8).GetInt64(),
        fields.GetProperty("body"u8).GetString()!,
        [.. fields.GetProperty("headers"u8).EnumerateArray().Select(static header => new RecordHeader(header[0].GetString()!, header[1].GetString()!))]);
}
