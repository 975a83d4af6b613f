using System.Text.Json;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Sessions;

/// <summary>A transcript's message as stored.</summary>
/// <param name="Id">Unique in the session, never empty.</param>
/// <param name="Json">The UI message's JSON object as UTF-8.</param>
/// <param name="Final">False for a partial answer.</param>
public sealed record StoredMessage(string Id, ReadOnlyMemory<byte> Json, bool Final)
{
    /// <summary>A message as a transcript keeps it.</summary>
    public static StoredMessage Of(UIMessage message, bool isFinal = true) =>
        new(message.Id, JsonSerializer.SerializeToUtf8Bytes(message, UIJson.Options), isFinal);
}
