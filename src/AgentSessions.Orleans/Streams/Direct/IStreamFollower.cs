namespace AgentSessions.Orleans.Streams.Direct;

/// <summary>A process with readers, called by the nodes that write.</summary>
[Alias("AgentSessions.StreamFollower")]
internal interface IStreamFollower : IGrainObserver
{
    /// <summary>Takes events of any streams, those of one stream in order.</summary>
    /// <param name="events">The events.</param>
    /// <param name="isGap">Whether events before these were dropped.</param>
    [Alias("Receive")]
    Task ReceiveAsync([Immutable] StreamPush[] events, bool isGap);
}
