using AgentSessions.Load.Checks;

namespace AgentSessions.Load.Scenarios;

/// <summary>One session of a <see cref="TurnScenario"/>: its reader and the turn that is open.</summary>
internal sealed class TurnSession : IStreamListener, IDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly TurnLoad _load;
    private readonly Cluster _cluster;
    private readonly LoadMeter _meter;
    private readonly TimeProvider _time;
    private readonly int _number;
    private readonly string _name;
    private readonly StreamCheck _check;
    private readonly TailReader _reader;
    private readonly long _firstMessage;
    private Turn? _turn;
    private volatile bool _aborted;

    public TurnSession(TurnLoad load, string prefix, int number, Cluster cluster, LoadMeter meter, TimeProvider time)
    {
        (_load, _cluster, _meter, _time, _number) = (load, cluster, meter, time, number);
        _name = $"{prefix}-{number}";
        _check = new StreamCheck(this);
        _check.Expect(load.ChunksPerTurn);
        _reader = new TailReader(cluster.ForTail(number), _name, _check, meter, time);

        // A session met again has seen the part ids of earlier runs.
        _firstMessage = time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000;
    }

    public async Task SetUpAsync(CancellationToken cancellationToken)
    {
        await _cluster.CreateAsync(_number, _name, idleTimeout: null, cancellationToken).ConfigureAwait(false);
        _meter.Add(_check);
        await _reader.OpenAsync(cancellationToken).ConfigureAwait(false);
        _meter.OnReady();
    }

    /// <summary>Takes turns until stopped or done. Ends with its reader closed.</summary>
    public async Task WorkAsync(CancellationToken stop)
    {
        Task reading = _reader.FollowAsync();
        await TakeTurnsAsync(stop).ConfigureAwait(false);
        _reader.Dispose();
        await reading.ConfigureAwait(false);
    }

    public void Abort()
    {
        _aborted = true;
        Volatile.Read(ref _turn)?.GiveUp();
        _reader.Dispose();
    }

    public void OnFirstChunk(long sequence)
    {
        if (Volatile.Read(ref _turn) is { } turn)
        {
            _meter.OnFirstChunk(turn.Begun);
        }
    }

    public void OnTurnComplete()
    {
        Turn? turn = Interlocked.Exchange(ref _turn, null);
        if (turn is null)
        {
            OnError("turn end without a turn");
            return;
        }

        turn.Complete();
    }

    public void OnWindowEnd()
    {
    }

    public void OnError(string kind) => _meter.Errors.Add(kind);

    public void Dispose() => _reader.Dispose();

    private async Task TakeTurnsAsync(CancellationToken stop)
    {
        if (!await WaitAsync(_load.RampUp * ((double)_number / _load.Sessions), stop).ConfigureAwait(false))
        {
            return;
        }

        for (int taken = 0; !stop.IsCancellationRequested && taken < (_load.TurnsPerSession ?? int.MaxValue); taken++)
        {
            Turn turn = new(_meter);
            Volatile.Write(ref _turn, turn);
            if (_aborted)
            {
                return;
            }

            var endpoint = _cluster.ForAppend(_number);
            byte[] append = endpoint.Requests.Append(_name, _load.ChunksPerTurn, _load.ChunkDelay, _firstMessage + taken);
            if (!await turn.RunAsync(endpoint, append).ConfigureAwait(false))
            {
                Volatile.Write(ref _turn, null);
                await WaitAsync(turn.RetryAfter ?? RetryDelay, stop).ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> WaitAsync(TimeSpan delay, CancellationToken stop)
    {
        if (delay > TimeSpan.Zero)
        {
            await Task.Delay(delay, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return !stop.IsCancellationRequested;
    }
}
