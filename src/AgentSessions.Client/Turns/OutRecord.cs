using System.Text.Json;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Client.Turns;

/// <summary>Reads what a record on <c>out</c> says to a chat.</summary>
internal static class OutRecord
{
    /// <summary>The chunk of a data record; null for what is none, which chats pass over.</summary>
    public static UIMessageChunk? Chunk(StreamRecord record)
    {
        if (record.IsCommand || record.Control is not null || record.Body.Length == 0)
        {
            return null;
        }

        try
        {
            using JsonDocument envelope = JsonDocument.Parse(record.Body);
            if (envelope.RootElement.ValueKind != JsonValueKind.Object
                || !envelope.RootElement.TryGetProperty("data"u8, out JsonElement data) || data.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            UIMessageChunk? chunk = data.Deserialize<UIMessageChunk>(UIJson.Options);
            return chunk is not null && ControlHeaders.IsOldControl(chunk.Type) ? null : chunk;
        }
        catch (JsonException)
        {
            // Side writers can put anything on the stream; one odd record must not end the turn.
            return null;
        }
    }
}
