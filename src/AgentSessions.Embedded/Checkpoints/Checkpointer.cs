using System.Diagnostics;
using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Hot;
using AgentSessions.Embedded.Journal;
using AgentSessions.Embedded.Sqlite;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Embedded.Checkpoints;

/// <summary>The one thread that writes to the database: on demand, when the journal is long, and when there is nothing else to do.</summary>
/// <remarks>Whatever is asked for while a flush runs is done together by the next one. The writer never waits for it but at four times the length.</remarks>
internal sealed partial class Checkpointer : IDisposable
{
    private static readonly TimeSpan _retryDelay = TimeSpan.FromSeconds(1);

    private readonly WriteAheadLog _log;
    private readonly JournalLog _journal;
    private readonly HotStore _hot;
    private readonly CheckpointFlush _flush;
    private readonly CheckpointSettings _settings;
    private readonly ILogger _logger;
    private readonly object _gate = new();
    private readonly Thread _thread;
    private CheckpointRound _next = new();
    private StoreUnavailableException? _failure;
    private long _failedAt;

    // Whether the erasure of a deletion failed and is still owed, whatever else has succeeded since.
    private bool _erasingFailed;
    private JournalPosition _rested;

    // The checkpoint that the database has.
    private JournalPosition _reached;
    private bool _isAsleep;
    private bool _isStopped;

    public Checkpointer(
        SqliteDatabase database, WriteAheadLog log, JournalLog journal, HotStore hot, bool owesErasing, CheckpointSettings settings, ILogger logger)
    {
        _log = log;
        _journal = journal;
        _hot = hot;
        _flush = new CheckpointFlush(database, journal, hot, owesErasing, logger);
        _settings = settings;
        _logger = logger;
        _thread = new Thread(Work) { IsBackground = true, Name = "Store checkpointer" };
        _thread.Start();
    }

    /// <summary>Whether a deletion is not finished: files may still hold bytes of the session.</summary>
    public bool OwesErasing => _flush.OwesErasing || _hot.Purges.Length > 0;

    /// <summary>Asks for a flush of what is in memory now.</summary>
    /// <param name="scope">How much.</param>
    /// <param name="session">A session to include.</param>
    /// <exception cref="StoreUnavailableException">The database could not be written.</exception>
    public Task FlushAsync(FlushScope scope, HotSession? session = null)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isStopped, this);
            _next.Scope |= scope;
            if (session is not null)
            {
                _next.Sessions.Add(session);
            }

            _next.IsAsked = true;
            Monitor.PulseAll(_gate);
            return _next.Done.Task;
        }
    }

    /// <summary>Runs something short on the checkpointer's thread, between two checkpoints. While it runs the journal only grows.</summary>
    /// <exception cref="StoreUnavailableException">It failed to read or write files; checkpoints go on.</exception>
    public Task BetweenAsync(Action job)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isStopped, this);
            _next.Jobs.Add(() =>
            {
                if (Try(job) is { } failure)
                {
                    done.SetException(failure);
                }
                else
                {
                    done.SetResult();
                }
            });
            _next.IsAsked = true;
            Monitor.PulseAll(_gate);
        }

        return done.Task;
    }

    /// <summary>The writer tells that it has written; costs nothing but once per segment and after an idle time.</summary>
    public void JournalGrew()
    {
        if (Volatile.Read(ref _isAsleep) || _journal.WantsNext)
        {
            lock (_gate)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Holds the writer back while the journal is far longer than it should be.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be written, so the journal may not grow further.</exception>
    public void WaitForRoom()
    {
        if (JournalBytes <= _settings.MaxJournalBytes)
        {
            return;
        }

        lock (_gate)
        {
            while (JournalBytes > _settings.MaxJournalBytes && !_isStopped)
            {
                if (_failure is { } failure)
                {
                    throw new StoreUnavailableException("The journal is full: its checkpoint fails.", failure) { IsFull = failure.IsFull };
                }

                Monitor.PulseAll(_gate);
                Monitor.Wait(_gate, _retryDelay);
            }
        }
    }

    /// <summary>Brings everything to the database and ends.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopped = true;
            Monitor.PulseAll(_gate);
        }

        _thread.Join();
    }

    /// <summary>How long the next try after a failure is put off. A busy writer wakes the thread all the time, which must not put it off further.</summary>
    private TimeSpan UntilRetry => _retryDelay - Stopwatch.GetElapsedTime(_failedAt);

    private TimeSpan UntilIdle => _settings.Idle - _journal.Idle;

    private long JournalBytes => _journal.SegmentCount * _settings.SegmentBytes;

    /// <summary>Whether something failed that is tried again unasked.</summary>
    private bool OwesRetry => _failure is not null || _erasingFailed;

    private void Work()
    {
        while (Next() is { } round)
        {
            Run(round);
        }

        // With what came too late for a round; nobody adds to it any more. If it fails nothing is lost: the journal has it.
        _next.Scope |= FlushScope.All;
        Run(_next);
    }

    private void Run(CheckpointRound round)
    {
        Exception? failure = Try(() => Do(round));
        round.Jobs.ForEach(static job => job());
        lock (_gate)
        {
            _failure = failure is null ? null : failure as StoreUnavailableException ?? new StoreUnavailableException("The checkpoint failed.", failure);
            _failedAt = failure is null ? _failedAt : Stopwatch.GetTimestamp();
            _erasingFailed = OwesErasing && (_erasingFailed || failure is not null);
            _rested = failure is null ? _rested : default;
            Monitor.PulseAll(_gate);
        }

        if (failure is null)
        {
            round.Done.SetResult();
        }
        else
        {
            LogFailure(_logger, failure);
            round.Done.SetException(failure);

            // Nobody may be waiting for this round.
            _ = round.Done.Task.Exception;
        }
    }

    /// <summary>Waits until there is something to do.</summary>
    /// <returns>Null when the store is closing.</returns>
    private CheckpointRound? Next()
    {
        lock (_gate)
        {
            while (!_isStopped)
            {
                if (_next.IsAsked)
                {
                    CheckpointRound round = _next;
                    _next = new CheckpointRound();

                    // Jobs may follow each other without a rest, as those of a backup do.
                    round.Scope |= round.Jobs.Count > 0 ? Due() ?? FlushScope.None : FlushScope.None;
                    return round;
                }

                if (OwesRetry && UntilRetry <= TimeSpan.Zero)
                {
                    return new CheckpointRound { Scope = OwesErasing ? FlushScope.Purge : FlushScope.All };
                }

                if (Due() is { } scope)
                {
                    return new CheckpointRound { Scope = scope };
                }

                Sleep();
            }

            return null;
        }
    }

    /// <summary>What is to be done unasked; null for nothing.</summary>
    private FlushScope? Due()
    {
        if (_failure is not null)
        {
            return null;
        }

        if (JournalBytes > _settings.JournalBytes)
        {
            return FlushScope.Oldest;
        }

        // Once for each place: what stays dirty although nothing was written is looked at again when something is.
        JournalPosition applied = _journal.Applied;
        if (_hot.IsDirty && applied != _rested && UntilIdle <= TimeSpan.Zero)
        {
            _rested = applied;
            return FlushScope.All;
        }

        return _journal.WantsNext ? FlushScope.None : null;
    }

    private void Sleep()
    {
        if (OwesRetry)
        {
            TimeSpan left = UntilRetry;
            if (left > TimeSpan.Zero)
            {
                Monitor.Wait(_gate, left);
            }

            return;
        }

        if (_hot.IsDirty)
        {
            TimeSpan left = UntilIdle;
            Monitor.Wait(_gate, left > TimeSpan.Zero ? left : _settings.Idle);
            return;
        }

        // The writer changes memory and then looks at this; so this is said before memory is looked at again.
        Volatile.Write(ref _isAsleep, true);
        Interlocked.MemoryBarrier();
        if (!_hot.IsDirty)
        {
            Monitor.Wait(_gate);
        }

        Volatile.Write(ref _isAsleep, false);
    }

    private void Do(CheckpointRound round)
    {
        // The database may hear of a deletion only together with the journal, or the journal would speak of a session that it lacks.
        FlushScope scope = round.Scope | (_hot.Purges.Length > 0 ? FlushScope.All : FlushScope.None);
        while (!Try(scope, round.Sessions))
        {
            scope |= FlushScope.All;
        }

        if (scope.HasFlag(FlushScope.All) && !scope.HasFlag(FlushScope.Purge))
        {
            _hot.Sessions.Clear();
            _journal.Shrink();
            _log.Move();
        }
        else
        {
            _log.MoveIfLong();
            if (_journal.WantsNext)
            {
                _journal.Prepare();
            }
        }
    }

    /// <returns>False if deletions came in between that have to be brought too.</returns>
    private bool Try(FlushScope scope, IReadOnlySet<HotSession> sessions)
    {
        JournalPosition target = scope.HasFlag(FlushScope.Purge) ? _journal.BeginErasing()
            : scope.HasFlag(FlushScope.All) ? _journal.Applied
            : scope.HasFlag(FlushScope.Oldest) ? _journal.PlaceBefore(_settings.KeptBytes)
            : default;
        if (target != default && target.Sequence < _reached.Sequence)
        {
            // While the first group of a segment is written, what is applied ends in the segment before, which may be released already.
            target = _reached;
        }

        if (!_flush.Run(scope, sessions, target))
        {
            return false;
        }

        _reached = target == default ? _reached : target;
        if (scope.HasFlag(FlushScope.Purge))
        {
            _log.Move();
            _journal.Erase(target);
            _flush.Erased(target);
        }
        else if (target != default)
        {
            _journal.Release(target);
        }

        return true;
    }

    private static Exception? Try(Action work)
    {
        try
        {
            work();
            return null;
        }
        catch (IOException exception)
        {
            return Files.DiskFailure.AsUnavailable(exception);
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    /// <summary>What is done together.</summary>
    private sealed class CheckpointRound
    {
        public FlushScope Scope { get; set; }

        public HashSet<HotSession> Sessions { get; } = [];

        /// <summary>What is to run after it. Jobs answer for their own failures.</summary>
        public List<Action> Jobs { get; } = [];

        public bool IsAsked { get; set; }

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
