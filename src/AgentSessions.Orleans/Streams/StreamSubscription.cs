using AgentSessions.Core.Streams.Live;
using Orleans.Streams;

namespace AgentSessions.Orleans.Streams;

/// <summary>This node's one subscription to a stream, however many readers it has here.</summary>
internal sealed class StreamSubscription(StreamId stream, StreamHub hub, IAsyncStream<StreamEvent> source) : IAsyncObserver<StreamEvent>
{
    private StreamSubscriptionHandle<StreamEvent>? _handle;

    public async Task BeginAsync()
    {
        _handle = await source.SubscribeAsync(this);

        // What was told before the subscription stood, readers get from the log.
        hub.Ring(stream);
    }

    public async Task EndAsync()
    {
        if (_handle is { } handle)
        {
            _handle = null;
            await handle.UnsubscribeAsync();
        }
    }

    public Task OnNextAsync(StreamEvent item, StreamSequenceToken? token = null)
    {
        if (item.ToBatch() is { } batch)
        {
            hub.Receive(stream, batch);
        }
        else
        {
            hub.ReceiveForget(stream);
        }

        return Task.CompletedTask;
    }

    public Task OnErrorAsync(Exception exception)
    {
        hub.Ring(stream);
        return Task.CompletedTask;
    }
}
