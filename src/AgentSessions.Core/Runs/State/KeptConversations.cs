using AgentSessions.Core.Sessions;
using AgentSessions.Core.Turns.Lanes;

namespace AgentSessions.Core.Runs.State;

/// <summary>
/// Conversations of runs that left only because they had answered enough turns, for successors that come at once: to read a long one
/// again costs more than the turn it is read for.
/// </summary>
/// <remarks>
/// A hint. What is kept is what was stored, and it is handed out only if nothing else can have changed the store since: the row was put for
/// the runs' hand-over alone, and no boundary was written. Whoever finds nothing reads the store.
/// </remarks>
internal sealed class KeptConversations : IDisposable
{
    /// <summary>A release and a claim, or a claim alone.</summary>
    private const int LongestHandOver = 2;

    private static readonly TimeSpan _keptFor = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time;
    private readonly long _maxBytes;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly Dictionary<SessionKey, LinkedListNode<Kept>> _kept = [];
    private readonly LinkedList<Kept> _byAge = [];
    private long _bytes;
    private bool _isTimed;

    /// <param name="time">The clock.</param>
    /// <param name="maxBytes">How many bytes the messages of all together may have.</param>
    public KeptConversations(TimeProvider time, long maxBytes)
    {
        _time = time;
        _maxBytes = maxBytes;
        _timer = time.CreateTimer(static kept => ((KeptConversations)kept!).DropOld(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>128 MiB, or a thirty-second of the memory if that is less. Their runs had them until they left, so it is no more than there was.</summary>
    public static long DefaultMaxBytes => Math.Min(128 << 20, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 32);

    /// <summary>How many are kept.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _kept.Count;
            }
        }
    }

    /// <summary>Keeps the conversation of a run that wrote its last boundary.</summary>
    /// <param name="run">The run.</param>
    /// <param name="lastBoundary">Where it wrote its last boundary.</param>
    /// <param name="conversation">The messages, all of them stored as they are.</param>
    /// <param name="state">What is remembered besides the messages, as it is stored.</param>
    public void Keep(RunStart run, long lastBoundary, Conversation conversation, string state)
    {
        if (run.Version == 0)
        {
            return;
        }

        var kept = new Kept(run, lastBoundary, conversation, state, conversation.Rest(), _time.GetTimestamp());
        lock (_gate)
        {
            Drop(run.Session.Key);
            _kept[run.Session.Key] = _byAge.AddLast(kept);
            _bytes += kept.Bytes;
            while (_bytes > _maxBytes)
            {
                Drop(_byAge.First!.Value.Start.Session.Key);
            }

            SetTimer();
        }
    }

    /// <summary>Hands out what the run's predecessor left here.</summary>
    /// <returns>Null if there is nothing or it may be old.</returns>
    public (Conversation Conversation, LaneState State)? Take(RunStart start)
    {
        lock (_gate)
        {
            return Drop(start.Session.Key) is { } kept && kept.IsFor(start) ? (kept.Conversation, LaneState.Read(kept.State)) : null;
        }
    }

    public void Dispose() => _timer.Dispose();

    private Kept? Drop(SessionKey session)
    {
        if (!_kept.Remove(session, out LinkedListNode<Kept>? node))
        {
            return null;
        }

        _byAge.Remove(node);
        _bytes -= node.Value.Bytes;
        return node.Value;
    }

    private void DropOld()
    {
        lock (_gate)
        {
            while (_byAge.First is { Value: var oldest } && _time.GetElapsedTime(oldest.Since) >= _keptFor)
            {
                Drop(oldest.Start.Session.Key);
            }

            _isTimed = false;
            SetTimer();
        }
    }

    private void SetTimer()
    {
        if (!_isTimed && _byAge.Count > 0)
        {
            _isTimed = true;
            _timer.Change(_keptFor, Timeout.InfiniteTimeSpan);
        }
    }

    private sealed record Kept(RunStart Start, long LastBoundary, Conversation Conversation, string State, long Bytes, long Since)
    {
        /// <summary>Whether the run follows this one's, and the row was put for nothing but that.</summary>
        public bool IsFor(RunStart next)
        {
            long runs = next.Session.RunVersion - Start.Session.RunVersion;
            return next.Run.PreviousRunId == Start.Run.Id
                && runs is > 0 and <= LongestHandOver
                && next.Version - Start.Version == runs
                && next.Progress.LastBoundary == LastBoundary
                && next.Run.Agent == Start.Run.Agent
                && next.Run.AgentVersion == Start.Run.AgentVersion;
        }
    }
}
