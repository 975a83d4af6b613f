using System.Text.Json.Serialization;
using AgentSessions.Core.Sessions;

namespace AgentSessions.Core.Streams;

/// <summary>Which way a stream flows.</summary>
public enum StreamDirection
{
    /// <summary>From clients to the agent.</summary>
    In = 0,

    /// <summary>From the agent to clients.</summary>
    Out = 1,
}

/// <summary>Names one append-only stream: a session's own pair, or the pair of one of its side channels.</summary>
/// <param name="Session">The session.</param>
/// <param name="Channel">The side channel's name, or the empty string for the session's own pair.</param>
/// <param name="Direction">Which of the pair.</param>
public readonly record struct StreamId(SessionKey Session, string Channel, StreamDirection Direction)
{
    /// <summary>The session's own <c>in</c>.</summary>
    public static StreamId In(SessionKey session) => new(session, "", StreamDirection.In);

    /// <summary>The session's own <c>out</c>.</summary>
    public static StreamId Out(SessionKey session) => new(session, "", StreamDirection.Out);

    /// <summary>Whether this belongs to a side channel: no effect on runs, no turns.</summary>
    public bool IsSideChannel => Channel.Length > 0;

    /// <summary>Whether this is the session's own <c>in</c>, which runs read.</summary>
    [JsonIgnore]
    public bool IsOwnIn => this is { IsSideChannel: false, Direction: StreamDirection.In };

    /// <summary>The channel is left out: nearly all streams are the session's own pair.</summary>
    public override int GetHashCode() => Session.GetHashCode() ^ (int)Direction;

    /// <inheritdoc/>
    public override string ToString() => IsSideChannel
        ? $"{Session}:channels:{Channel}/{(Direction == StreamDirection.In ? "in" : "out")}"
        : $"{Session}/{(Direction == StreamDirection.In ? "in" : "out")}";
}
