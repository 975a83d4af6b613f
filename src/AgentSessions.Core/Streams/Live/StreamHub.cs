using System.Collections.Concurrent;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Telemetry;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Streams.Live;

/// <summary>The doorbell and the memory of live streams: what was just committed, and who waits for more.</summary>
/// <remarks>
/// The store is the truth. A batch that is never told here costs its readers a poll interval and nothing else, so a host may
/// tell late, twice or not at all. It must tell of a batch only after it is durable.
/// </remarks>
public sealed class StreamHub : IDisposable
{
    private readonly ISessionStore _store;
    private readonly TimeProvider _time;
    private readonly StreamHubOptions _options;
    private readonly ConcurrentDictionary<StreamId, LiveStream> _streams = new();
    private readonly DeletionCheck _deletions;
    private readonly ITimer _ticker;
    private IStreamRelay? _relay;

    /// <summary>A hub over a store.</summary>
    public StreamHub(ISessionStore store, TimeProvider time, StreamHubOptions? options = null)
    {
        _store = store;
        _time = time;
        _options = options ?? new StreamHubOptions();
        _deletions = new DeletionCheck(store, time, _options.DeletionCheckInterval, End);
        _ticker = time.CreateTimer(static hub => ((StreamHub)hub!).Tick(), this, _options.Tick, _options.Tick);
    }

    /// <summary>Readers that are open.</summary>
    public int Readers => _streams.Values.Sum(static stream => stream.Readers);

    /// <summary>Connects this hub with those of other hosts. Once, before anybody reads.</summary>
    public void Connect(IStreamRelay relay) => _relay = relay;

    /// <summary>Tells the stream's readers of records that are durable.</summary>
    public void Tell(StreamId stream, RecordBatch batch)
    {
        Receive(stream, batch);
        _relay?.Tell(stream, batch);
    }

    /// <summary>Tells this host's readers of records that another host told of.</summary>
    public void Receive(StreamId stream, RecordBatch batch)
    {
        if (_streams.TryGetValue(stream, out LiveStream? live) && !live.TryTell(batch))
        {
            End(stream, live);
        }
    }

    /// <summary>Rings without records: whoever follows the stream looks at the store.</summary>
    public void Ring(StreamId stream)
    {
        if (_streams.TryGetValue(stream, out LiveStream? live))
        {
            live.Ring();
        }
    }

    /// <summary>
    /// Ends the waits of readers that asked for it (<see cref="StreamTail.EndsWithRun"/>): the session's run was cut off, of which no record tells.
    /// Readers on a host that does not hear of it find out by looking.
    /// </summary>
    public void Interrupt(StreamId stream)
    {
        ReceiveInterrupt(stream);
        _relay?.Interrupt(stream);
    }

    /// <summary>Ends such waits of this host's readers after another host told that a run was cut off.</summary>
    public void ReceiveInterrupt(StreamId stream)
    {
        if (_streams.TryGetValue(stream, out LiveStream? live))
        {
            live.Interrupt();
        }
    }

    /// <summary>Rings for every followed stream, after something may have been lost on the way.</summary>
    public void RingAll()
    {
        foreach (LiveStream live in _streams.Values)
        {
            live.Ring();
        }
    }

    /// <summary>Drops what is in memory of a stream that was deleted, and ends its readers.</summary>
    public void Forget(StreamId stream)
    {
        ReceiveForget(stream);
        _relay?.Forget(stream);
    }

    /// <summary>Drops what is in memory of a stream that was deleted through another host, and ends its readers.</summary>
    public void ReceiveForget(StreamId stream)
    {
        if (_streams.TryGetValue(stream, out LiveStream? live))
        {
            End(stream, live);
        }
    }

    /// <summary>Opens a reader. Dispose it.</summary>
    /// <param name="stream">Any stream, also one that does not exist yet.</param>
    /// <param name="from">The first sequence wanted.</param>
    /// <param name="cancellationToken">Ends every wait of the reader.</param>
    public StreamTail Open(StreamId stream, Cursor from, CancellationToken cancellationToken)
    {
        while (true)
        {
            LiveStream live = _streams.GetOrAdd(stream, static (_, bytes) => new LiveStream(bytes), _options.WindowBytes);
            if (live.TryEnter(out bool isFirst))
            {
                if (isFirst)
                {
                    _relay?.Follow(stream);
                }

                AgentMetrics.ReaderOpened();
                return new StreamTail(this, live, stream, from, cancellationToken);
            }

            // The last reader left in this moment; the next round makes a new one.
            _streams.TryRemove(new KeyValuePair<StreamId, LiveStream>(stream, live));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _ticker.Dispose();

    internal long Now => _time.GetTimestamp();

    internal StreamHubOptions Options => _options;

    /// <summary>The time that is so much later than now.</summary>
    internal long After(TimeSpan time) => Now + (long)Math.Min(time.TotalSeconds * _time.TimestampFrequency, long.MaxValue / 2);

    internal TimeSpan Elapsed(long since) => _time.GetElapsedTime(since);

    internal ValueTask<RecordBatch?> ReadStoreAsync(StreamId stream, Cursor from, CancellationToken cancellationToken) =>
        _store.ReadAsync(stream, from, _options.CatchUpBytes, cancellationToken);

    internal void Leave(StreamId stream, LiveStream live)
    {
        AgentMetrics.ReaderClosed();
        if (live.Exit())
        {
            _streams.TryRemove(new KeyValuePair<StreamId, LiveStream>(stream, live));
            _relay?.Leave(stream);
        }
    }

    private void End(StreamId stream, LiveStream live)
    {
        live.End();
        _streams.TryRemove(new KeyValuePair<StreamId, LiveStream>(stream, live));
    }

    private void Tick()
    {
        // Not by the values, which would be copied under all of the dictionary's locks.
        long now = Now;
        foreach ((_, LiveStream live) in _streams)
        {
            live.Expire(now);
        }

        if (_relay is not null)
        {
            _deletions.LookWhenDue(_streams);
        }
    }
}
