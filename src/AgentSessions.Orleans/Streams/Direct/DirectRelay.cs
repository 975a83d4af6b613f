using AgentSessions.Core.Streams.Live;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Orleans.Streams.Direct;

/// <summary>Carries record batches by calls from the node that writes to those that read: each process tells every node what it follows.</summary>
/// <remarks>A node that writes asks nobody where to, and what nobody follows costs nothing. Events of all streams share calls.</remarks>
/// <param name="client">The way to other nodes.</param>
/// <param name="hub">This process's readers.</param>
/// <param name="followers">Who follows what is written here.</param>
/// <param name="here">This node; null in a process that is none.</param>
/// <param name="time">Measures pauses.</param>
internal sealed class DirectRelay(IClusterClient client, StreamHub hub, StreamFollowers followers, SiloAddress? here, TimeProvider time) : IStreamRelay
{
    private readonly Lock _gate = new();
    private readonly Dictionary<StreamId, int> _readers = [];
    private readonly Dictionary<SiloAddress, FollowLink> _nodes = [];
    private readonly string _name = Guid.NewGuid().ToString("N");
    private readonly StreamReceiver _receiver = new(hub);
    private IStreamFollower? _reference;

    /// <summary>Streams that this process follows.</summary>
    public int Followed
    {
        get
        {
            lock (_gate)
            {
                return _readers.Count;
            }
        }
    }

    public void Tell(StreamId stream, RecordBatch batch)
    {
        if (followers.HasAny(stream))
        {
            followers.Tell(stream, StreamEvent.Of(batch));
        }
    }

    public void Forget(StreamId stream) => followers.Tell(stream, StreamEvent.Deleted);

    public void Follow(StreamId stream)
    {
        lock (_gate)
    public void Interrupt(StreamId stream) => followers.Tell(stream, StreamEvent.Interruption);

        {
            int readers = _readers.GetValueOrDefault(stream);
            _readers[stream] = readers + 1;
            if (readers == 0)
            {
                TellNodes(stream, isFollowed: true);
            }
        }
    }

    public void Leave(StreamId stream)
    {
        lock (_gate)
        {
            int readers = _readers.GetValueOrDefault(stream);
            if (readers > 1)
            {
                _readers[stream] = readers - 1;
            }
            else if (_readers.Remove(stream))
            {
                TellNodes(stream, isFollowed: false);
            }
        }
    }

    /// <summary>Takes up nodes that came, gives up those that left, and asks the others whether they still know.</summary>
    public void Meet(IEnumerable<SiloAddress> active)
    {
        lock (_gate)
        {
            HashSet<SiloAddress> nodes = [.. active];
            foreach ((SiloAddress node, FollowLink link) in _nodes)
            {
                if (!nodes.Contains(node))
                {
                    link.End();
                    _nodes.Remove(node);
                }
            }

            foreach (SiloAddress node in nodes.Where(node => !node.Equals(here)))
            {
                if (!_nodes.TryGetValue(node, out FollowLink? link))
                {
                    _nodes[node] = link = new FollowLink(news => TellAsync(node, news), _name, Everything, RingAll, time);
                }

                link.Ask();
            }
        }
    }

    private void TellNodes(StreamId stream, bool isFollowed)
    {
        foreach (FollowLink node in _nodes.Values)
        {
            node.Add(stream, isFollowed);
        }
    }

    private Task<bool> TellAsync(SiloAddress node, FollowNews news)
    {
        _reference ??= client.CreateObjectReference<IStreamFollower>(_receiver);
        return client.GetGrain<IFollowersGrain>(node.ToParsableString()).FollowAsync(_reference, news);
    }

    private IReadOnlyCollection<StreamId> Everything()
    {
        lock (_gate)
        {
            return [.. _readers.Keys];
        }
    }

    /// <summary>What was told before a node knew, readers get from the log.</summary>
    private void RingAll(IEnumerable<StreamId> streams)
    {
        foreach (StreamId stream in streams)
        {
            hub.Ring(stream);
        }
    }
}
