using AgentSessions.Load.Checks;

namespace AgentSessions.Load.Scenarios;

/// <summary>Takes one long turn, then lets many readers resume it from the cursor before its first delta.</summary>
internal sealed class ReplayScenario : IScenario, IStreamListener
{
    private readonly ReplayLoad _load;
    private readonly Cluster _cluster;
    private readonly LoadMeter _meter;
    private readonly TimeProvider _time;
    private readonly string _name = Names.NewPrefix();
    private readonly StreamCheck _check;
    private readonly TailReader _reader;
    private readonly Turn _turn;
    private readonly List<ReplayReader> _readers = [];
    private long _firstChunk;
    private int _left;

    public ReplayScenario(LoadTarget target, ReplayLoad load, LoadMeter meter, TimeProvider time)
    {
        (_load, _meter, _time, _left) = (load, meter, time, load.Replays ?? int.MaxValue);
        _cluster = new Cluster(target);
        _turn = new Turn(new LoadMeter(time)); // Not a turn to be measured.
        _check = new StreamCheck(this);
        _check.Expect(load.ChunksPerTurn);
        _reader = new TailReader(_cluster.ForTail(0), _name, _check, meter, time);
    }

    public async Task SetUpAsync(CancellationToken cancellationToken)
    {
        await _cluster.CreateAsync(0, _name, idleTimeout: null, cancellationToken).ConfigureAwait(false);
        await _reader.OpenAsync(cancellationToken).ConfigureAwait(false);
        Task reading = _reader.FollowAsync();
        await using (cancellationToken.Register(_turn.GiveUp))
        {
            var endpoint = _cluster.ForAppend(0);
            bool ended = await _turn.RunAsync(endpoint, endpoint.Requests.Append(_name, _load.ChunksPerTurn, TimeSpan.Zero, 0)).ConfigureAwait(false);
            _reader.Dispose();
            await reading.ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (!ended)
            {
                throw new LoadException("The turn to replay did not end.");
            }
        }

        for (int number = 0; number < _load.Readers; number++)
        {
            ReplayReader reader = new(_cluster.ForTail(number), _name, _firstChunk, _load.ChunksPerTurn, _meter, _time);
            _readers.Add(reader);
            _meter.Add(reader.Check);
            _meter.OnReady();
        }
    }

    public Task WorkAsync(CancellationToken stop) => Task.WhenAll(_readers.Select(reader => ReplayAsync(reader, stop)));

    public void Abort()
    {
        _reader.Dispose();
        _readers.ForEach(reader => reader.Dispose());
        _cluster.Dispose();
    }

    public void OnFirstChunk(long sequence) => _firstChunk = sequence;

    public void OnTurnComplete() => _turn.Complete();

    public void OnWindowEnd()
    {
    }

    public void OnError(string kind) => _meter.Errors.Add(kind);

    public void Dispose() => Abort();

    private async Task ReplayAsync(ReplayReader reader, CancellationToken stop)
    {
        // Each reader would otherwise run to its first wait on the thread that starts them all.
        await Task.Yield();
        while (!stop.IsCancellationRequested && Interlocked.Decrement(ref _left) >= 0)
        {
            await reader.ReplayAsync().ConfigureAwait(false);
        }
    }
}
