using AgentSessions.Core.Streams.Live;
using AgentSessions.Protocol.Records;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Orleans.Streams.Direct;

/// <summary>Carries record batches by calls from the node that writes to those that read: each process tells every node what it follows.</summary>
/// <remarks>A node that writes asks nobody where to, and what nobody follows costs nothing. Events of all streams share calls.</remarks>
/// <param name="client">The way to other nodes.</param>
/// <param name="hub">This process's readers.</param>
/// <param name="followers">Who follows what is written here.</param>
/// <param name="here">This node; null in a process that is none.</param>
/// <param name="time">Measures pauses.</param>
/// <param name="logger">Names nodes that cannot be told.</param>
internal sealed partial class DirectRelay(
    IClusterClient client, StreamHub hub, StreamFollowers followers, SiloAddress? here, TimeProvider time, ILogger<DirectRelay> logger) : IStreamRelay
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

    public void Interrupt(StreamId stream) => followers.Tell(stream, StreamEvent.Interruption);

    public void Follow(StreamId stream)
    {
        lock (_gate)
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
                    _nodes[node] = link = new FollowLink(news => TellAsync(node, news), _name, Everything, RingAll, cause => NotTold(node, cause), time);
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

    /// <remarks>Of the runtime's messages the lines behind the first are a stack trace.</remarks>
    private void NotTold(SiloAddress node, Exception cause) => LogNotTold(node, FollowLink.Patience.TotalSeconds, cause.Message.Split('\n', 2)[0].TrimEnd());

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

    [LoggerMessage(
        3151, LogLevel.Warning,
        "Node {Node} could not be told for {Seconds} s what is read here; until it can, readers look at the store for what it writes: {Reason}")]
    private partial void LogNotTold(SiloAddress node, double seconds, string reason);
}
