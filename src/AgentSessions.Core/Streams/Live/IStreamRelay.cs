using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Streams.Live;

/// <summary>The way from one host's <see cref="StreamHub"/> to those of other hosts. It may lose, repeat and delay: the store is the truth.</summary>
/// <remarks>Called from any thread, and must neither block nor throw. What arrives is given to <see cref="StreamHub.Receive"/>.</remarks>
public interface IStreamRelay
{
    /// <summary>Carries records that are durable to other hosts.</summary>
    void Tell(StreamId stream, RecordBatch batch);

    /// <summary>Tells other hosts that the stream was deleted.</summary>
    void Forget(StreamId stream);

    /// <summary>Tells other hosts that a run of the stream's session was cut off.</summary>
    void Interrupt(StreamId stream);

    /// <summary>This host has a reader of the stream now.</summary>
    void Follow(StreamId stream);

    /// <summary>The last reader has left. May come after the <see cref="Follow"/> of the next one, so calls are to be counted.</summary>
    void Leave(StreamId stream);
}
