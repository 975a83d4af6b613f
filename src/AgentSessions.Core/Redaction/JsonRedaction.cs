using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AgentSessions.Core.Redaction;

/// <summary>Redacts the strings of a JSON text and leaves its shape, its numbers and what identifies things as they are.</summary>
/// <remarks>
/// What tools get and give and what data parts hold is free text altogether; elsewhere ids, times and the words of the protocol are kept, or a
/// broad pattern would cut messages off from their sessions. A string that holds JSON itself is redacted as JSON.
/// </remarks>
internal static class JsonRedaction
{
    private static readonly JsonReaderOptions _reading = new() { MaxDepth = 256 };
    private static readonly JsonWriterOptions _writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 512, SkipValidation = true };

    private static readonly FrozenSet<string> _free = FrozenSet.Create(StringComparer.Ordinal, "input", "output", "rawInput", "arguments", "result", "data");

    private static readonly FrozenSet<string> _words = FrozenSet.Create(
        StringComparer.Ordinal, "id", "type", "kind", "role", "state", "status", "trigger", "toolName", "mediaType", "finishReason", "taskIdentifier", "hash", "timestamp", "since");

    /// <summary>The redacted text; null if nothing of it changed.</summary>
    /// <param name="json">The JSON as UTF-8.</param>
    /// <param name="redact">Redacts one string.</param>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static byte[]? Redact(ReadOnlySpan<byte> json, Func<string, string> redact) => Redact(json, redact, isFree: false);

    private static byte[]? Redact(ReadOnlySpan<byte> json, Func<string, string> redact, bool isFree)
    {
        var reader = new Utf8JsonReader(json, _reading);
        var output = new ArrayBufferWriter<byte>(json.Length + 64);
        using var writer = new Utf8JsonWriter(output, _writing);
        var around = new Stack<(string? Name, bool IsFree)>();
        string? name = null;
        bool changed = false;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    name = reader.GetString()!;
                    writer.WritePropertyName(isFree ? Change(name) : name);
                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    around.Push((name, isFree));
                    isFree |= name is not null && _free.Contains(name);
                    if (reader.TokenType == JsonTokenType.StartObject)
                    {
                        writer.WriteStartObject();
                    }
                    else
                    {
                        writer.WriteStartArray();
                    }

                    break;
                case JsonTokenType.EndObject:
                    (name, isFree) = around.Pop();
                    writer.WriteEndObject();
                    break;
                case JsonTokenType.EndArray:
                    (name, isFree) = around.Pop();
                    writer.WriteEndArray();
                    break;
                case JsonTokenType.String:
                    string value = reader.GetString()!;
                    writer.WriteStringValue(!isFree && IsKept(name) ? value : Change(value));
                    break;
                default:
                    writer.WriteRawValue(reader.ValueSpan, skipInputValidation: true);
                    break;
            }
        }

        writer.Flush();
        return changed ? output.WrittenSpan.ToArray() : null;

        string Change(string text)
        {
            string kept = Inside(text, redact, isFree) ?? redact(text);
            changed |= kept != text;
            return kept;
        }
    }

    /// <summary>What becomes of a string that is JSON itself or a file; null if it is neither.</summary>
    private static string? Inside(string text, Func<string, string> redact, bool isFree)
    {
        if (text.StartsWith("data:", StringComparison.Ordinal) && text.AsSpan(0, Math.Min(text.Length, 128)).Contains(";base64,", StringComparison.Ordinal))
        {
            return text;
        }

        if (text is not ['{' or '[', ..])
        {
            return null;
        }

        try
        {
            return Redact(Encoding.UTF8.GetBytes(text), redact, isFree) is { } changed ? Encoding.UTF8.GetString(changed) : text;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool IsKept(string? name) => name is not null
        && (_words.Contains(name) || name.EndsWith("Id", StringComparison.Ordinal) || name.EndsWith("Ids", StringComparison.Ordinal) || name.EndsWith("At", StringComparison.Ordinal));
}
