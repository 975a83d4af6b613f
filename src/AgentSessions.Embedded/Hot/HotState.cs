using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;

namespace AgentSessions.Embedded.Hot;

/// <summary>One named state in memory, or the fact that there is none under its name.</summary>
/// <remarks>
/// What is stored is read when somebody asks what it is (<see cref="HotStore.Pin(StateKey)"/>): who puts a name that is new has no use for it.
/// </remarks>
internal sealed class HotState(StateKey key) : HotEntry<StateKey>(key)
{
    private readonly Lock _gate = new();
    private volatile StateEntry? _current;
    private volatile bool _isKnown;
    private volatile int _removals;
    private long _judgedVersion;
    private long _judgedGroup;

    /// <summary>What readers get; changed only by the writer, after the change is durable.</summary>
    public StateEntry? Current => _current;

    /// <summary>Whether <see cref="Current"/> is what is stored; if not, nobody has read or put it here yet.</summary>
    public bool IsKnown => _isKnown;

    /// <summary>How many deletions of sessions it has seen: what was read before one may be what it deleted.</summary>
    public int Removals => _removals;

    /// <summary>The oldest journal segment that is needed for it; the greatest number if none is.</summary>
    public long OldestNeeded { get; private set; } = long.MaxValue;

    /// <summary>The version with the puts of the writer's current group before this; 0 if there is none. Only the writer asks.</summary>
    public long JudgedVersion(long group) => _judgedGroup == group ? _judgedVersion : _current?.Version ?? 0;

    /// <summary>Counts a put or removal into the writer's current group.</summary>
    /// <returns>The version it gives; of a removal the old one.</returns>
    public long Accept(StatePut put, long group)
    {
        long version = JudgedVersion(group);
        _judgedGroup = group;
        _judgedVersion = put.Value is null ? 0 : version + 1;
        return put.Value is null ? version : version + 1;
    }

    /// <summary>Makes a durable put or removal visible.</summary>
    public void Apply(StatePut put, long version, long segment)
    {
        lock (_gate)
        {
            // A copy: the caller may use its buffer again once the put is done.
            _current = put.Value is { } value ? new StateEntry(Key, value.ToArray(), version, put.Owner) : null;
            _isKnown = true;
            OldestNeeded = Math.Min(OldestNeeded, segment);
        }
    }

    /// <summary>What to write to the database, and how to give it back if that fails.</summary>
    public (StateEntry? Current, long OldestNeeded) BeginFlush()
    {
        lock (_gate)
        {
            long needed = OldestNeeded;
            OldestNeeded = long.MaxValue;
            return (_current, needed);
        }
    }

    public void AbandonFlush(long oldestNeeded)
    {
        lock (_gate)
        {
            OldestNeeded = Math.Min(OldestNeeded, oldestNeeded);
        }
    }

    /// <summary>Makes the entry clean if nothing changed since the flush began.</summary>
    public void EndFlush()
    {
        lock (_gate)
        {
            IsDirty = OldestNeeded != long.MaxValue;
        }
    }

    /// <summary>Takes what was read from the database, unless something newer is known by now.</summary>
    /// <param name="stored">What was read; null for nothing.</param>
    /// <param name="removals">How many <see cref="Removals"/> there were before the read.</param>
    public void Load(StateEntry? stored, int removals)
    {
        lock (_gate)
        {
            if (!_isKnown && _removals == removals)
            {
                _current = stored;
                _isKnown = true;
            }
        }
    }

    /// <summary>Removes it with the session that owns it.</summary>
    public void RemoveWith(SessionKey owner)
    {
        lock (_gate)
        {
            _removals++;
            if (_current?.Owner == owner)
            {
                _current = null;
            }
        }
    }
}
