using AgentSessions.Core.Streams;
using AgentSessions.Orleans.Contracts;
using OrleansStreamId = Orleans.Runtime.StreamId;

namespace AgentSessions.Orleans.Streams;

/// <summary>Which Orleans stream carries a session's stream.</summary>
internal static class OrleansStreamName
{
    public static OrleansStreamId Of(StreamId stream)
    {
        string direction = stream.Direction == StreamDirection.In ? "in" : "out";
        string key = GrainKeys.Of(stream.Session);

        // No session's key contains ":channels:", so the two forms never meet.
        return OrleansStreamId.Create($"sessions-{direction}", stream.IsSideChannel ? $"{key}:channels:{stream.Channel}" : key);
    }
}
