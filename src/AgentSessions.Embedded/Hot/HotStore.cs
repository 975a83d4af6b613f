using System.Collections.Concurrent;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Entries;
using AgentSessions.Embedded.Journal;
using AgentSessions.Embedded.Sqlite;

namespace AgentSessions.Embedded.Hot;

/// <summary>Everything of the store that is in memory, and what of it the database lacks.</summary>
/// <remarks>Changed by one thread: the writer, or recovery before there is a writer.</remarks>
internal sealed class HotStore
{
    private readonly Lock _lock = new();
    private readonly ReaderPool _readers;
    private readonly List<HotSession> _dirtySessions = [];
    private readonly Dictionary<(string Environment, string Space), List<HotState>> _dirtyStates = [];
    private readonly List<Purge> _purges = [];

    // What is looked for by another name than the session's key, as long as the database may lack it.
    private readonly ConcurrentDictionary<(string Environment, string Id), SessionKey> _keys = new();
    private readonly ConcurrentDictionary<(string Environment, string Id), RunRow> _runs = new();

    public HotStore(ReaderPool readers, int cachedSessions)
    {
        _readers = readers;
        Sessions = new HotTable<SessionKey, HotSession>(cachedSessions, LoadSession);
        States = new HotTable<StateKey, HotState>(0, static key => new HotState(key));
    }

    public HotTable<SessionKey, HotSession> Sessions { get; }

    /// <summary>States in memory. One that is only held here may not be known: see <see cref="Pin(StateKey)"/>.</summary>
    public HotTable<StateKey, HotState> States { get; }

    /// <summary>Holds the state under a name, and reads it if nobody has.</summary>
    public HotState Pin(StateKey key)
    {
        HotState state = States.Pin(key);
        try
        {
            while (!state.IsKnown)
            {
                Load(state);
            }

            return state;
        }
        catch
        {
            States.Unpin(state);
            throw;
        }
    }

    /// <summary>Holds the state that is put. One whose name is new is not looked for in the database.</summary>
    public HotState Pin(StatePut put) => put.IsNew ? States.Pin(put.Key) : Pin(put.Key);

    /// <summary>Makes a durable commit visible. The entries must be pinned.</summary>
    public void Apply(AppliedCommit applied, HotSession session, IReadOnlyList<HotState> states, FramePlace place)
    {
        session.Apply(applied, place);
        SessionCommit commit = applied.Commit;
        if (applied.Creates)
        {
            _keys[(session.Key.Environment, commit.Row!.Id)] = session.Key;
        }

        for (int i = 0; i < commit.Runs.Count; i++)
        {
            _runs[(session.Key.Environment, commit.Runs[i].Id)] = commit.Runs[i];
        }

        if (!session.IsDirty)
        {
            session.IsDirty = true;
            lock (_lock)
            {
                _dirtySessions.Add(session);
            }
        }

        for (int i = 0; i < states.Count; i++)
        {
            Apply(commit.States[i], applied.StateVersions[i], states[i], place);
        }
    }

    /// <summary>Makes a durable state visible. The entry must be pinned.</summary>
    public void Apply(StatePut put, long version, HotState state, FramePlace place)
    {
        state.Apply(put, version, place.Segment);
        if (!state.IsDirty)
        {
            state.IsDirty = true;
            lock (_lock)
            {
                (string, string) space = (state.Key.Environment, state.Key.Space);
                if (!_dirtyStates.TryGetValue(space, out List<HotState>? states))
                {
                    _dirtyStates.Add(space, states = []);
                }

                states.Add(state);
            }
        }
    }

    /// <summary>Makes a durable deletion visible. What the database holds of the session is purged with the next flush.</summary>
    public void Delete(HotSession session, FramePlace place)
    {
        lock (_lock)
        {
            _purges.Add(new Purge(session.Number, session.Key, place.Sequence));
        }

        _keys.TryRemove((session.Key.Environment, session.Row!.Id), out _);
        foreach (RunRow run in session.PendingRuns.Values)
        {
            ForgetRun(run);
        }

        session.Delete();
        foreach (HotState state in States.Where(state => !state.IsKnown || state.Current?.Owner == session.Key))
        {
            state.RemoveWith(session.Key);
        }
    }

    /// <summary>The key of a session whose friendly id the database may lack, or null.</summary>
    public SessionKey? FindKey(string environment, string friendlyId) =>
        _keys.TryGetValue((environment, friendlyId), out SessionKey key) ? key : null;

    /// <summary>A run that the database lacks or has an older state of, or null.</summary>
    public RunRow? FindRun(string environment, string id) => _runs.GetValueOrDefault((environment, id));

    /// <summary>A run is in the database as it is here.</summary>
    public void ForgetRun(RunRow run) => _runs.TryRemove(new((run.Session.Environment, run.Id), run));

    /// <summary>Whether what was read from the database is of a session that was deleted.</summary>
    /// <param name="number">The session's number.</param>
    /// <param name="before"><see cref="Purges"/> from before the read: one may have reached the database just behind it.</param>
    public bool IsDeleted(long number, Purge[] before) => before.Concat(Purges).Any(purge => purge.Number == number);

    /// <summary>Whether a session with this key was deleted and the database still holds something of it.</summary>
    public bool IsBeingPurged(SessionKey key)
    {
        lock (_lock)
        {
            return _purges.Exists(purge => purge.Key == key);
        }
    }

    /// <summary>Deletions that the database lacks. They stay until <see cref="Purged"/>.</summary>
    public Purge[] Purges
    {
        get
        {
            lock (_lock)
            {
                return [.. _purges];
            }
        }
    }

    public void Purged(Purge[] purges)
    {
        lock (_lock)
        {
            _purges.RemoveAll(purges.Contains);
        }
    }

    /// <summary>How many bytes of an environment the database lacks. What replaces others counts beside them until it is there.</summary>
    public long PendingBytes(string environment) =>
        DirtySessions.Where(session => session.Key.Environment == environment).Distinct().Sum(static session => session.PendingBytes)
        + DirtyStates.Where(state => state.Key.Environment == environment).Distinct().Sum(static state => state.Current?.Value.Length ?? 0L);

    /// <summary>Sessions that hold what the database lacks.</summary>
    public HotSession[] DirtySessions
    {
        get
        {
            lock (_lock)
            {
                return [.. _dirtySessions];
            }
        }
    }

    /// <summary>States that the database lacks.</summary>
    public HotState[] DirtyStates
    {
        get
        {
            lock (_lock)
            {
                return [.. _dirtyStates.Values.SelectMany(static states => states)];
            }
        }
    }

    /// <summary>Whether the database lacks a session's row or deletion, so that lists would be wrong.</summary>
    public bool HasDirtyRows
    {
        get
        {
            lock (_lock)
            {
                return _purges.Count > 0 || _dirtySessions.Exists(session => session.LacksRow);
            }
        }
    }

    /// <summary>Whether the database lacks a state of a space whose name starts like this, or the deletion of some, so that a list of them would be wrong.</summary>
    public bool LacksStates(string environment, string space, string prefix)
    {
        lock (_lock)
        {
            return _purges.Count > 0
                || (_dirtyStates.TryGetValue((environment, space), out List<HotState>? states)
                    && states.Exists(state => state.Key.Name.StartsWith(prefix, StringComparison.Ordinal)));
        }
    }

    /// <summary>Whether the database lacks anything.</summary>
    public bool IsDirty
    {
        get
        {
            lock (_lock)
            {
                return _dirtySessions.Count + _dirtyStates.Count + _purges.Count > 0;
            }
        }
    }

    /// <summary>Forgets those of the flushed that nothing happened to since.</summary>
    /// <remarks>An entry that becomes dirty again meanwhile is added again by the writer, so it may stand here twice for a while.</remarks>
    public void DropClean(IReadOnlyCollection<HotSession> sessions, IReadOnlyCollection<HotState> states)
    {
        foreach (HotSession session in sessions)
        {
            if (session.EndFlush() is { } row)
            {
                _keys.TryRemove((session.Key.Environment, row.Id), out _);
            }
        }

        foreach (HotState state in states)
        {
            state.EndFlush();
        }

        lock (_lock)
        {
            _dirtySessions.RemoveAll(session => !session.IsDirty);
            foreach (((string, string) space, List<HotState> dirty) in _dirtyStates)
            {
                dirty.RemoveAll(static state => !state.IsDirty);
                if (dirty.Count == 0)
                {
                    _dirtyStates.Remove(space);
                }
            }
        }
    }

    private HotSession LoadSession(SessionKey key)
    {
        Purge[] before = Purges;
        using ReaderPool.Lease reader = _readers.Rent();
        StoredSession? stored = SessionRows.Load(reader.Database, key);
        return new HotSession(key, stored is not null && IsDeleted(stored.Number, before) ? null : stored);
    }

    private void Load(HotState state)
    {
        int removals = state.Removals;
        Purge[] before = Purges;
        using ReaderPool.Lease reader = _readers.Rent();
        StateEntry? stored = StateRows.Get(reader.Database, state.Key);
        state.Load(stored?.Owner is { } owner && before.Concat(Purges).Any(purge => purge.Key == owner) ? null : stored, removals);
    }
}

/// <summary>A deleted session whose rows have to go.</summary>
/// <param name="Number">The number it had.</param>
/// <param name="Key">The key, which may be another session's by now.</param>
/// <param name="Sequence">The journal frame that deleted it.</param>
internal readonly record struct Purge(long Number, SessionKey Key, long Sequence);
