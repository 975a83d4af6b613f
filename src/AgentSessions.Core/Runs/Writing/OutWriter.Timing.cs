using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Runs.Writing;

/// <summary>What waits, and until when: openings for their content, chunks for those behind them, a silent turn for its keep-alive.</summary>
internal sealed partial class OutWriter
{
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
                    _lastWrite = _time.GetTimestamp();
                    silence = TimeSpan.Zero;
                }

                SetTimer(_options.KeepAlive - silence);
            }

            Submit();
        }
    }
}
