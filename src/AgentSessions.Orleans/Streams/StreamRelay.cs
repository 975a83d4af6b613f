using System.Collections.Concurrent;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Protocol.Records;
using Microsoft.Extensions.Logging;
using Orleans.Streams;

namespace AgentSessions.Orleans.Streams;

/// <summary>Carries record batches between the hubs of the cluster's nodes over Orleans streams.</summary>
internal sealed partial class StreamRelay(IStreamProvider provider, StreamHub hub, ILogger<StreamRelay> logger) : IStreamRelay
{
    private readonly ConcurrentDictionary<StreamId, StreamOutbox> _outboxes = new();
    private readonly ConcurrentDictionary<StreamId, FollowedStream> _followed = new();

    public void Tell(StreamId stream, RecordBatch batch) => Add(stream, batch);

    public void Forget(StreamId stream) => Add(stream, null);

    /// <remarks>Not carried: a subscriber cannot say whether its version knows such an event, and an older one would take it for a batch.</remarks>
    public void Interrupt(StreamId stream)
    {
    }

    public void Follow(StreamId stream) => Count(stream, 1);

    public void Leave(StreamId stream) => Count(stream, -1);

    private void Add(StreamId stream, RecordBatch? batch)
    {
        while (true)
        {
            StreamOutbox outbox = _outboxes.GetOrAdd(stream, Open);
            if (outbox.TryAdd(batch, () => _outboxes.TryRemove(new KeyValuePair<StreamId, StreamOutbox>(stream, outbox))))
            {
                return;
            }

            _outboxes.TryRemove(new KeyValuePair<StreamId, StreamOutbox>(stream, outbox));
        }
    }

    private StreamOutbox Open(StreamId stream)
    {
        IAsyncStream<StreamEvent> target = provider.GetStream<StreamEvent>(OrleansStreamName.Of(stream));
        return new StreamOutbox(item => target.OnNextAsync(item), exception => LogNotTold(exception));
    }

    private void Count(StreamId stream, int change)
    {
        while (true)
        {
            FollowedStream followed = _followed.GetOrAdd(
                stream,
                id => new FollowedStream(new StreamSubscription(id, hub, provider.GetStream<StreamEvent>(OrleansStreamName.Of(id))), LogNotSubscribed));
            if (followed.TryCount(change, () => _followed.TryRemove(new KeyValuePair<StreamId, FollowedStream>(stream, followed))))
            {
                return;
            }

            _followed.TryRemove(new KeyValuePair<StreamId, FollowedStream>(stream, followed));
        }
    }

    [LoggerMessage(3120, LogLevel.Debug, "Records could not be carried to other nodes; their readers get them from the store.")]
    private partial void LogNotTold(Exception exception);

    [LoggerMessage(3121, LogLevel.Warning, "A subscription to a stream failed; until it stands readers poll the store.")]
    private partial void LogNotSubscribed(Exception exception);
}
