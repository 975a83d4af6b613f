using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Runs.Writing;

/// <summary>What waits, and until when: openings for their content, chunks for those behind them, a silent turn for its keep-alive.</summary>
internal sealed partial class OutWriter
{
    /// <summary>For how long the clock is not read again, and what has passed since is added: a chunk then costs one look at the time instead of two.</summary>
    private static readonly TimeSpan _clockAge = TimeSpan.FromMilliseconds(100);

    /// <summary>What was held back to gather has waited for long enough.</summary>
    internal void Gathered()
    {
        lock (_gate)
        {
            _isGathering = false;
            if (_ended is null && !_aborted.IsCancellationRequested)
            {
                Submit();
            }
        }
    }

    /// <summary>Makes what is pending due, unless it should wait for more of the answer.</summary>
    private void SubmitInTime()
    {
        if (_turnLives && _hasFirstContent && !_isDue && Gathering?.Delay is { Ticks: > 0 } delay)
        {
            if (_isGathering)
            {
                return;
            }

            TimeSpan wait = delay - _time.GetElapsedTime(_lastCommit);
            if (wait > TimeSpan.Zero)
            {
                _isGathering = true;
                Gathering.Wait(this, wait);
                return;
            }
        }

        Submit();
    }

    /// <summary>The time of a record that is written now. Readers rely on times that never fall, whatever the clock does. Call with the gate held.</summary>
    private long Now()
    {
        _lastWrite = _time.GetTimestamp();
        TimeSpan age = _time.GetElapsedTime(_clockReadAt, _lastWrite);
        if (age >= _clockAge || _clock == default)
        {
            _clock = _time.GetUtcNow();
            _clockReadAt = _lastWrite;
            age = TimeSpan.Zero;
        }

        return _newestTimestamp = Math.Max(_newestTimestamp, (_clock + age).ToUnixTimeMilliseconds());
    }

    private void SetTimer(TimeSpan due)
    {
        long at = _time.GetTimestamp() + (long)(due.TotalSeconds * _time.TimestampFrequency);
        if (due > TimeSpan.Zero && at < _timerAt)
        {
            _timerAt = at;
            _timer.Change(due, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnTimer()
    {
        lock (_gate)
        {
            _timerAt = long.MaxValue;
            if (_ended is not null || _aborted.IsCancellationRequested)
            {
                return;
            }

            if (_turnLives && _options.KeepAlive > TimeSpan.Zero)
            {
                TimeSpan silence = _time.GetElapsedTime(_lastWrite);
                if (silence >= _options.KeepAlive)
                {
                    Builder().Add(default, [new RecordHeader(ControlHeaders.Control, ControlHeaders.KeepAlive)], Now());
                    silence = TimeSpan.Zero;
                }

                SetTimer(_options.KeepAlive - silence);
            }

            Submit();
        }
    }
}
