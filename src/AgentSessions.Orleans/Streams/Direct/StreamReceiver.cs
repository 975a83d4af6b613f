using AgentSessions.Core.Streams.Live;

namespace AgentSessions.Orleans.Streams.Direct;

/// <summary>Hands what other nodes push to this process's readers.</summary>
internal sealed class StreamReceiver(StreamHub hub) : IStreamFollower
{
    public Task ReceiveAsync(StreamPush[] events, bool isGap)
    {
        foreach (StreamPush push in events)
        {
            if (push.Event.ToBatch() is { } batch)
            {
                hub.Receive(push.Stream.ToStream(), batch);
            }
            else if (push.Event.IsInterruption)
            {
                hub.ReceiveInterrupt(push.Stream.ToStream());
            }
            else
            {
                hub.ReceiveForget(push.Stream.ToStream());
            }
        }

        if (isGap)
        {
            hub.RingAll();
        }

        return Task.CompletedTask;
    }
}
