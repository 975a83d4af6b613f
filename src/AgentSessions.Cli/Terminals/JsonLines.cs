using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AgentSessions.Cli.Terminals;

/// <summary>Writes JSON, one value a line.</summary>
internal static class JsonLines
{
    private static readonly JsonWriterOptions _options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void WriteJson(this TextWriter writer, JsonElement value) => writer.WriteJson(value.WriteTo);

    public static void WriteJson(this TextWriter writer, Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, _options))
        {
            write(json);
        }

        writer.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
        writer.Flush();
    }
}
