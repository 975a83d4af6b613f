using System.Runtime.CompilerServices;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Telemetry;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Runs.Writing;

/// <summary>The commits: one at a time, repeated until they are known to have been made or to be refused.</summary>
internal sealed partial class OutWriter
{
    /// <summary>Makes what is pending due, and starts the pump unless it runs. Call with the gate held.</summary>
    private void Submit()
    {
        _isDue = true;
        if (!_isPumping && !_isHeld && (_builder is { Count: > 0 } || _rider is not null))
        {
            _isPumping = true;
            _ = PumpAsync();
        }
    }

    /// <summary>Commits what is due until nothing is. Whatever fails on the way, also the taking of it, ends the writer and whoever waits.</summary>
    private async Task PumpAsync()
    {
        TaskCompletionSource? durable = null;
        try
        {
            while (true)
            {
                RecordBatch? batch;
                CommitRider? rider;
                Action? onFirstDurable;
                lock (_gate)
                {
                    bool hasWork = _builder is { Count: > 0 } || _rider is not null;
                    if (!_isDue || _isHeld || !hasWork || _ended is not null)
                    {
                        _isDue &= hasWork;
                        _isPumping = false;
                        _inFlight?.TrySetResult();
                        _inFlight = null;
                        return;
                    }

                    batch = _builder?.Take();
                    rider = _rider;
                    durable = _durable;
                    onFirstDurable = _onFirstDurable;
                    _onFirstDurable = null;
                    _rider = null;
                    _durable = null;
                    _isDue = false;
                    _lastCommit = _time.GetTimestamp();
                    _room?.TrySetResult();
                    _room = null;
                }

                await CommitAsync(batch, rider);
                onFirstDurable?.Invoke();
                TaskCompletionSource? inFlight;
                lock (_gate)
                {
                    inFlight = _inFlight;
                    _inFlight = null;
                }

                durable?.TrySetResult();
                inFlight?.TrySetResult();
            }
        }
        catch (Exception exception)
        {
            End(exception, durable);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask CommitAsync(RecordBatch? batch, CommitRider? rider)
    {
        bool isUnsure = false;
        var backoff = new Backoff(_options, _time);
        long started = _time.GetTimestamp();
        while (true)
        {
            try
            {
                CommitOutcome outcome = await _store.CommitAsync(ToCommit(batch, rider), CancellationToken.None);
                if (outcome == CommitOutcome.Committed || (outcome == CommitOutcome.TailMoved && isUnsure && batch is not null && await IsStoredAsync(batch)))
                {
                    AgentMetrics.OutCommitted(_run.Run.Agent, batch?.Count ?? 0, _time.GetElapsedTime(started));
                    Tell(batch, rider);
                    return;
                }

                if (outcome != CommitOutcome.TailMoved || batch is null)
                {
                    throw new LostClaimException();
                }

                (batch, rider) = await RebaseAsync(batch, rider);
                isUnsure = false;
            }
            catch (StoreUnavailableException exception)
            {
                isUnsure = true;
                LogRetry(_run.Run.Id, backoff.Next, exception.Message);
                await backoff.WaitAsync(_aborted);
            }
        }
    }

    private SessionCommit ToCommit(RecordBatch? batch, CommitRider? rider) => new()
    {
        Session = _run.Session.Key,
        ExpectedRunVersion = _run.Session.RunVersion,
        Appends = batch is null ? [] : [new StreamAppend(_stream, batch)],
        TrimOutBefore = rider?.TrimOutBefore,
        Progress = rider?.Progress,
        Transcript = rider?.Transcript,
        States = rider?.States ?? [],
    };

    private void Tell(RecordBatch? batch, CommitRider? rider)
    {
        if (rider?.Progress is { } progress)
        {
            _lastBoundary = progress.LastBoundary;
        }

        if (batch is not null)
        {
            _hub.Tell(_stream, batch);
        }
    }

    /// <summary>Whether a write of unknown outcome had been made after all.</summary>
    private async ValueTask<bool> IsStoredAsync(RecordBatch batch)
    {
        RecordBatch? stored = await _store.ReadAsync(_stream, batch.First, batch.Records.Length, _aborted);
        return stored is not null && stored.First == batch.First && stored.Records.Span.StartsWith(batch.Records.Span);
    }

    /// <summary>Numbers the records again behind what somebody else appended, which the session's owner may do (wire document, section 11).</summary>
    /// <exception cref="LostClaimException">The session has another run.</exception>
    private async ValueTask<(RecordBatch Batch, CommitRider? Rider)> RebaseAsync(RecordBatch batch, CommitRider? rider)
    {
        SessionHead? head = await _store.LoadAsync(_run.Session.Key, _aborted);
        if (head is null || head.Row.RunVersion != _run.Session.RunVersion)
        {
            throw new LostClaimException();
        }

        long shift = head.Out.Tail.Value - batch.First.Value;
        RecordBatch moved = RecordShift.Move(batch, head.Out);
        lock (_gate)
        {
            _newestTimestamp = Math.Max(_newestTimestamp, head.Out.TailTimestamp);
            RecordBatch? pending = _builder?.Take();
            _builder = new RecordBatchBuilder(moved.Tail);
            if (pending is not null)
            {
                RecordShift.Copy(pending, _builder, head.Out.TailTimestamp);
            }

            _rider = _rider is null ? null : Shift(_rider, batch.First, shift);
        }

        return (moved, rider is null ? null : Shift(rider, batch.First, shift));
    }

    private static CommitRider Shift(CommitRider rider, Cursor from, long shift) => rider with
    {
        Progress = rider.Progress is { } progress && progress.LastBoundary >= from.Value
            ? progress with { LastBoundary = progress.LastBoundary + shift }
            : rider.Progress,
        Transcript = rider.Transcript is { LastOutSequence: { } boundary } transcript && boundary >= from.Value
            ? transcript with { LastOutSequence = boundary + shift }
            : rider.Transcript,
    };

    private void End(Exception exception, TaskCompletionSource? durable)
    {
        TaskCompletionSource?[] waiting;
        lock (_gate)
        {
            _ended = exception;
            _builder = null;
            _rider = null;
            _isPumping = false;
            waiting = [durable, _durable, _inFlight, _room];
            _durable = _inFlight = _room = null;
        }

        if (exception is not (LostClaimException or OperationCanceledException))
        {
            LogEnded(_run.Run.Id, exception);
        }

        foreach (TaskCompletionSource? waiter in waiting)
        {
            // Nobody may be waiting; a faulted task that is never looked at would be reported as unobserved.
            if (waiter?.TrySetException(exception) is true)
            {
                _ = waiter.Task.Exception;
            }
        }

        Ended?.Invoke(exception);
    }
}
