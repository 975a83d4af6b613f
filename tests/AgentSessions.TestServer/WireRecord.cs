using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentSessions.TestServer;

/// <summary>A record as a reader sees it.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="Body">Its text.</param>
/// <param name="Headers">Names and values.</param>
public sealed record WireRecord(long Sequence, string Body, IReadOnlyList<(string Name, string Value)> Headers)
{
    /// <summary>When it was written, in milliseconds since 1970 by the server's clock.</summary>
    public long Timestamp { get; init; }

    /// <summary>Whether it ends a turn.</summary>
    public bool IsBoundary => Header("trigger-control") == "turn-complete";

    /// <summary>Of a boundary: the sequence on <c>in</c> up to which everything is answered. -1 for any other record.</summary>
    public long Floor => Header("session-in-event-id") is { } floor ? long.Parse(floor) : -1;

    /// <summary>The value of a header, or null.</summary>
    public string? Header(string name) => Headers.Where(header => header.Name == name).Select(static header => header.Value).FirstOrDefault();

    /// <summary>The delta of a text chunk, else null.</summary>
    public string? Delta => Field("text-delta", "delta");

    /// <summary>The message's id of a chunk that begins an answer, else null.</summary>
    public string? BegunMessage => Field("start", "messageId");

    /// <summary>What an error chunk tells, else null.</summary>
    public string? ErrorText => Field("error", "errorText");

    private string? Field(string type, string name)
    {
        // Control records have no body, and the trim command one of bytes.
        if (Headers.Count > 0)
        {
            return null;
        }

        using JsonDocument body = JsonDocument.Parse(Body);
        return body.RootElement.TryGetProperty("data", out JsonElement data) && data.ValueKind == JsonValueKind.Object
            && data.GetProperty("type").ValueEquals(type)
            ? data.GetProperty(name).GetString()
            : null;
    }
}

/// <summary>A message of a transcript.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Role">Who said it.</param>
/// <param name="Text">Its text parts.</param>
public sealed record WireMessage(string Id, string Role, string Text)
{
    /// <summary>Reads it.</summary>
    public static WireMessage Read(JsonNode message) => new(
        message["id"]!.GetValue<string>(),
        message["role"]!.GetValue<string>(),
        string.Concat(message["parts"]!.AsArray().Where(static part => part!["type"]!.GetValue<string>() == "text").Select(static part => part!["text"]!.GetValue<string>())));
}
