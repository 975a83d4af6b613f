using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;

namespace AgentSessions.Core.Storage;

/// <summary>A session as one read of the store gives it.</summary>
/// <param name="Row">The row.</param>
/// <param name="Version">The row's version, 1 or more; a put names it.</param>
/// <param name="In">Bounds of the session's own <c>in</c>.</param>
/// <param name="Out">Bounds of the session's own <c>out</c>.</param>
/// <param name="Progress">How far its turns have come.</param>
public sealed record SessionHead(SessionRow Row, long Version, StreamBounds In, StreamBounds Out, SessionProgress Progress);
