using AgentSessions.Core.Sessions;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>A session as the database holds it.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Version">The row's version.</param>
/// <param name="Row">The row.</param>
/// <param name="Progress">The progress.</param>
/// <param name="In">The session's own <c>in</c>.</param>
/// <param name="Out">The session's own <c>out</c>.</param>
/// <param name="Channels">Streams of side channels by their name in the database.</param>
internal sealed record StoredSession(
    long Number, long Version, SessionRow Row, SessionProgress Progress, StoredStream In, StoredStream Out,
    IReadOnlyDictionary<string, StoredStream> Channels);
