namespace AgentSessions.Core.Sessions;

/// <summary>A transcript's message as stored.</summary>
/// <param name="Id">Unique in the session, never empty.</param>
/// <param name="Json">The UI message's JSON object as UTF-8.</param>
/// <param name="Final">False for a partial answer.</param>
public sealed record StoredMessage(string Id, ReadOnlyMemory<byte> Json, bool Final);
