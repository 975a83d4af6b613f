using System.Text.Json;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Sessions.Forking;

/// <summary>Finds what a conversation was when a record of <c>out</c> had just been written.</summary>
internal sealed class OutPast
{
    private readonly OutReplay _replay = new([]);
    private string? _next;

    /// <summary>Whether enough was read to tell.</summary>
    public bool HasAny { get; private set; }

    /// <summary>Adds a record; one of the future only says which message came next.</summary>
    public void Add(StreamRecord record, bool isFuture)
    {
        if (record.Control == ControlHeaders.TurnComplete && !isFuture)
        {
            _replay.AddBoundary();
        }

        if (record.Headers.Count > 0 || ChunkOf(record) is not { } chunk)
        {
            return;
        }

        HasAny = true;
        if (!isFuture)
        {
            _replay.Add(chunk);
        }
        else
        {
            _next = (chunk as StartChunk)?.MessageId;
        }
    }

    /// <summary>The messages there were.</summary>
    public IReadOnlyList<StoredMessage> Cut(IReadOnlyList<StoredMessage> messages)
    {
        OutReplayResult result = _replay.Complete();
        if (result.Partial is { } partial)
        {
            int place = IndexOf(messages, partial.Id);
            return [.. messages.Take(place < 0 ? messages.Count : place), StoredMessage.Of(partial)];
        }

        if (result.Settled is [.., { } last] && IndexOf(messages, last.Message.Id) is >= 0 and var end)
        {
            return [.. messages.Take(end + 1)];
        }

        // Nothing was written by then that is still kept: what came before the next answer and its question.
        int next = _next is null ? messages.Count : Math.Max(0, IndexOf(messages, _next));
        while (next > 0 && RoleOf(messages[next - 1]) == "user")
        {
            next--;
        }

        return [.. messages.Take(next)];
    }

    private static int IndexOf(IReadOnlyList<StoredMessage> messages, string id)
    {
        int place = messages.Count - 1;
        while (place >= 0 && messages[place].Id != id)
        {
            place--;
        }

        return place;
    }

    private static string? RoleOf(StoredMessage message)
    {
        JsonElement json = JsonElement.Parse(message.Json.Span);
        return json.TryGetProperty("role"u8, out JsonElement role) ? role.GetString() : null;
    }

    private static UIMessageChunk? ChunkOf(StreamRecord record)
    {
        try
        {
            return JsonElement.Parse(record.Body).GetProperty("data"u8).Deserialize<UIMessageChunk>(UIJson.Options);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            // The direct-write sink takes any text.
            return null;
        }
    }
}
