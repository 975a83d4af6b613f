using AgentSessions.Core.Streams;

namespace AgentSessions.Core.Sessions.Forking;

/// <summary>Asks for a new session that begins with a part of another one's conversation. The other one stays as it is.</summary>
/// <param name="Source">The session to start from.</param>
/// <param name="Point">Up to where.</param>
public sealed record ForkSession(SessionKey Source, ForkPoint Point)
{
    /// <summary>The new session's id of the caller's; null for none. A session that exists under it is refused.</summary>
    public string? ExternalId { get; init; }
}

/// <summary>A place in a conversation.</summary>
public abstract record ForkPoint
{
    private ForkPoint()
    {
    }

    /// <summary>Before a message of the transcript: it and all that follows is left out.</summary>
    public sealed record BeforeMessage(string MessageId) : ForkPoint;

    /// <summary>
    /// At a record that is still kept. On <c>in</c>: through the message it holds, which the new session answers. On <c>out</c>: through what had
    /// been written when it was, half an answer included.
    /// </summary>
    public sealed record AtRecord(StreamDirection Direction, long Sequence) : ForkPoint;
}
