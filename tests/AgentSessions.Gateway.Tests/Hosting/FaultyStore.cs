using System.Collections.Concurrent;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Gateway.Tests.Hosting;

/// <summary>A store in memory that can be told to fail.</summary>
internal sealed class FaultyStore(InMemorySessionStore store) : DelegatingStore(store, store)
{
    private readonly HashSet<SessionKey> _halfDeleted = [];
    private readonly ConcurrentDictionary<string, int> _lists = new();
    private int _stateFailures;
    private int _loads;

    public FaultyStore()
        : this(new InMemorySessionStore())
    {
    }

    /// <summary>What writes throw; null while they work.</summary>
    public Exception? WriteFailure { get; set; }

    /// <summary>What reads of streams throw; null while they work.</summary>
    public Exception? ReadFailure { get; set; }

    /// <summary>What reads of rows throw; null while they work.</summary>
    public Exception? LoadFailure { get; set; }

    /// <summary>What some writes throw; null for those that work.</summary>
    public Func<SessionCommit, Exception?>? CommitFailure { get; set; }

    /// <summary>What reads and writes of values throw; null while they work.</summary>
    public Exception? StateFailure { get; set; }

    /// <summary>How many reads and writes of values have failed.</summary>
    public int StateFailures => Volatile.Read(ref _stateFailures);

    /// <summary>How many reads of rows were asked for.</summary>
    public int Loads => Volatile.Read(ref _loads);

    /// <summary>What deletions throw that have already happened and are not known to be whole; null while they work. One that is repeated finds nothing but its success.</summary>
    public Exception? DeletionFailure { get; set; }

    /// <summary>How many pages of values were asked for in a space.</summary>
    public int Lists(string space) => _lists.GetValueOrDefault(space);

    /// <summary>What happens between a read of a value and its answer.</summary>
    public Func<StateKey, Task>? AfterGet { get; set; }

    /// <summary>What a write of a value waits for before it is made.</summary>
    public Func<StatePut, Task>? BeforePut { get; set; }

    /// <summary>What commits wait for before they are made.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public override async ValueTask<CommitOutcome> CommitAsync(SessionCommit commit, CancellationToken cancellationToken)
    {
        await Gate;
        return (WriteFailure ?? CommitFailure?.Invoke(commit)) is { } failure ? throw failure : await base.CommitAsync(commit, cancellationToken);
    }

    public override ValueTask<SessionHead?> LoadAsync(SessionKey session, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _loads);
        return LoadFailure is null ? base.LoadAsync(session, cancellationToken) : throw LoadFailure;
    }

    public override ValueTask<SessionKey?> FindKeyAsync(string environment, string friendlyId, CancellationToken cancellationToken) =>
        LoadFailure is null ? base.FindKeyAsync(environment, friendlyId, cancellationToken) : throw LoadFailure;

    public override ValueTask<RecordBatch?> ReadAsync(StreamId stream, Cursor from, int maxBytes, CancellationToken cancellationToken) =>
        ReadFailure is null ? base.ReadAsync(stream, from, maxBytes, cancellationToken) : throw ReadFailure;

    public override async ValueTask<StateEntry?> GetAsync(StateKey key, CancellationToken cancellationToken)
    {
        StateEntry? entry = StateFailure is { } failure ? throw Fail(failure) : await base.GetAsync(key, cancellationToken);
        await (AfterGet?.Invoke(key) ?? Task.CompletedTask);
        return entry;
    }

    public override async ValueTask<long?> PutAsync(StatePut put, long? expectedVersion, CancellationToken cancellationToken)
    {
        await (BeforePut?.Invoke(put) ?? Task.CompletedTask);
        return StateFailure is { } failure ? throw Fail(failure) : await base.PutAsync(put, expectedVersion, cancellationToken);
    }

    public override ValueTask<IReadOnlyList<StateEntry>> ListAsync(
        string environment, string space, string prefix, string? after, int limit, CancellationToken cancellationToken)
    {
        _lists.AddOrUpdate(space, 1, static (_, lists) => lists + 1);
        return StateFailure is { } failure ? throw Fail(failure) : base.ListAsync(environment, space, prefix, after, limit, cancellationToken);
    }

    public override async ValueTask<bool> DeleteAsync(SessionKey session, CancellationToken cancellationToken)
    {
        bool existed = await base.DeleteAsync(session, cancellationToken) | _halfDeleted.Remove(session);
        if (existed && DeletionFailure is { } failure)
        {
            _halfDeleted.Add(session);
            throw failure;
        }

        return existed;
    }

    public override ValueTask DisposeAsync() => store.DisposeAsync();

    private Exception Fail(Exception failure)
    {
        Interlocked.Increment(ref _stateFailures);
        return failure;
    }
}
