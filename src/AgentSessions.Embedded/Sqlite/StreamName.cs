using AgentSessions.Core.Streams;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>How a stream of a session is called in the database: its direction and, for a side channel, its name.</summary>
internal static class StreamName
{
    public const string In = "<";
    public const string Out = ">";

    public static string Of(StreamId stream) => (stream.Direction, stream.IsSideChannel) switch
    {
        (StreamDirection.In, false) => In,
        (StreamDirection.Out, false) => Out,
        (StreamDirection.In, true) => In + stream.Channel,
        _ => Out + stream.Channel,
    };

    /// <summary>The side channel's name.</summary>
    public static string ChannelOf(string name) => name[1..];
}
