namespace AgentSessions.Orleans.Placement;

/// <summary>Which nodes are leaving, have just come or do not answer: the table of members tells that late or not at all.</summary>
/// <remarks>Nodes tell each other that they come and leave. What got lost costs a call that is repeated, so nobody waits for it.</remarks>
internal sealed class NodeStates(TimeProvider time)
{
    /// <summary>A node that came and has not said by then that it is warm is taken for it: its news got lost, or its version tells none.</summary>
    public static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private readonly HashSet<SiloAddress> _known = [];
    private readonly HashSet<SiloAddress> _leaving = [];
    private readonly Dictionary<SiloAddress, long> _cold = [];
    private IReadOnlySet<SiloAddress> _doubted = new HashSet<SiloAddress>();
    private bool _hasPlaced;

    /// <summary>A node said that it is leaving.</summary>
    public void Leaves(SiloAddress node)
    {
        lock (_gate)
        {
            _known.Add(node);
            _leaving.Add(node);
        }
    }

    /// <summary>A node is here that has run nothing yet.</summary>
    public void Comes(SiloAddress node)
    {
        lock (_gate)
        {
            _known.Add(node);
            _cold[node] = time.GetTimestamp();
        }
    }

    /// <summary>A node said that it has run what sessions need.</summary>
    public void IsWarm(SiloAddress node)
    {
        lock (_gate)
        {
            _known.Add(node);
            _cold.Remove(node);
        }
    }

    /// <summary>These nodes, and no others, do not answer just now.</summary>
    public void Doubt(IReadOnlySet<SiloAddress> nodes) => Volatile.Write(ref _doubted, nodes);

    /// <summary>Nodes that do not answer just now: they hang, or the way to them is cut.</summary>
    public IReadOnlySet<SiloAddress> Doubted => Volatile.Read(ref _doubted);

    /// <summary>Whether a node said that it is leaving.</summary>
    public bool IsLeaving(SiloAddress node)
    {
        lock (_gate)
        {
            return _leaving.Contains(node);
        }
    }

    /// <summary>Those nodes that something new is best placed on. Not empty if there are any.</summary>
    public SiloAddress[] Prefer(SiloAddress[] nodes)
    {
        lock (_gate)
        {
            foreach (SiloAddress node in nodes)
            {
                // Those that are there when the first is placed from here came before.
                if (_known.Add(node) && _hasPlaced)
                {
                    _cold[node] = time.GetTimestamp();
                }
            }

            _hasPlaced = true;
            SiloAddress[] staying = [.. nodes.Where(node => !_leaving.Contains(node) && !Doubted.Contains(node))];
            SiloAddress[] warm = [.. staying.Where(node => !IsColdNow(node))];
            return warm.Length > 0 ? warm : staying.Length > 0 ? staying : nodes;
        }
    }

    /// <summary>Forgets nodes that are gone; they never come back under the same address.</summary>
    public void Forget(IEnumerable<SiloAddress> nodes)
    {
        lock (_gate)
        {
            foreach (SiloAddress node in nodes)
            {
                _leaving.Remove(node);
                _cold.Remove(node);
            }
        }
    }

    /// <summary>Whether a node has run nothing yet.</summary>
    public bool IsCold(SiloAddress node)
    {
        lock (_gate)
        {
            return IsColdNow(node);
        }
    }

    private bool IsColdNow(SiloAddress node)
    {
        if (!_cold.TryGetValue(node, out long since))
        {
            return false;
        }

        bool isCold = time.GetElapsedTime(since) < LongestWarmUp;
        if (!isCold)
        {
            _cold.Remove(node);
        }

        return isCold;
    }
}
