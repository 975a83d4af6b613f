using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;

namespace AgentSessions.Orleans.Streams.Direct;

/// <summary>A stream's name as it travels between nodes.</summary>
/// <remarks>Read by nodes of other versions: members are added with new ids, and never change.</remarks>
[GenerateSerializer, Immutable, Alias("AgentSessions.StreamName")]
internal readonly record struct StreamName(
    [property: Id(0)] string Environment, [property: Id(1)] string Key, [property: Id(2)] string Channel, [property: Id(3)] bool IsOut)
{
    public static StreamName Of(StreamId stream) =>
        new(stream.Session.Environment, stream.Session.Key, stream.Channel, stream.Direction == StreamDirection.Out);

    public StreamId ToStream() => new(new SessionKey(Environment, Key), Channel, IsOut ? StreamDirection.Out : StreamDirection.In);
}
