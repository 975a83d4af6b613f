using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;
using AgentSessions.Gateway.Errors;

namespace AgentSessions.Gateway.Bodies;

/// <summary>Parses JSON that a client sent, so that whatever is accepted can be read as text without surprises.</summary>
internal static class StrictJson
{
    /// <summary>Levels of nesting, counting the outermost.</summary>
    public const int MaxDepth = 64;

    // Whoever reads a key that is there twice may take the other value than the one that was checked.
    private static readonly JsonDocumentOptions _options = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    /// <summary>Parses one JSON object.</summary>
    /// <exception cref="RequestRefusedException">400: empty, not JSON, too deep, a key written twice, not UTF-8, a lone surrogate, or not an object.</exception>
    public static JsonElement ParseObject(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
        {
            throw Refuse.BadRequest("The body is empty; a JSON object is expected");
        }

        try
        {
            if (!Utf8.IsValid(body.Span) || !HasOnlyWholeCharacters(body.Span))
            {
                throw Refuse.BadRequest("The body holds text that is not valid Unicode");
            }

            JsonElement root = JsonElement.Parse(body.Span, _options);
            return root.ValueKind == JsonValueKind.Object ? root : throw Refuse.BadRequest("The body must be a JSON object");
        }
        catch (JsonException)
        {
            throw Refuse.BadRequest($"The body is not valid JSON of at most {MaxDepth} levels in which no object has a key twice");
        }
    }

    /// <summary>Whether no string holds half of a surrogate pair, which JSON can write and text cannot hold.</summary>
    private static bool HasOnlyWholeCharacters(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf("\\u"u8) < 0)
        {
            return true;
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        while (reader.Read())
        {
            if (reader.ValueIsEscaped && !HasWholePairs(reader.ValueSpan))
            {
                return false;
            }
        }

        return true;
    }

    private static bool HasWholePairs(ReadOnlySpan<byte> escaped)
    {
        bool wantsLow = false;
        for (int i = 0; i < escaped.Length; i++)
        {
            int unit = -1;
            if (escaped[i] == '\\' && escaped[++i] == 'u')
            {
                Utf8Parser.TryParse(escaped.Slice(i + 1, 4), out ushort value, out _, 'x');
                unit = value;
                i += 4;
            }

            bool isLow = unit is >= 0xDC00 and <= 0xDFFF;
            if (isLow != wantsLow)
            {
                return false;
            }

            wantsLow = unit is >= 0xD800 and <= 0xDBFF;
        }

        return !wantsLow;
    }
}
