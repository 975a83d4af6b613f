using System.Text.Json;
using System.Text.Unicode;
using AgentSessions.Core.Sessions;
using AgentSessions.Gateway.Errors;

namespace AgentSessions.Gateway.Bodies;

/// <summary>Parses JSON that a client sent, so that whatever is accepted can be read as text without surprises.</summary>
internal static class StrictJson
{
    /// <summary>Levels of nesting, counting the outermost.</summary>
    public const int MaxDepth = 64;

    // Whoever reads a key that is there twice may take the other value than the one that was checked.
    private static readonly JsonDocumentOptions _options = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    private static ReadOnlySpan<byte> ByteOrderMark => "\uFEFF"u8;

    /// <summary>Parses one JSON object. A byte order mark before it, as some platforms write it, says nothing.</summary>
    /// <exception cref="RequestRefusedException">400: empty, not JSON, too deep, a key written twice, not UTF-8, a lone surrogate, or not an object.</exception>
    public static JsonElement ParseObject(ReadOnlyMemory<byte> body)
    {
        body = body.Span.StartsWith(ByteOrderMark) ? body[ByteOrderMark.Length..] : body;
        if (body.IsEmpty)
        {
            throw Refuse.BadRequest("The body is empty; a JSON object is expected");
        }

        try
        {
            if (!Utf8.IsValid(body.Span) || !JsonCharacters.AreWhole(body.Span, MaxDepth))
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
}
