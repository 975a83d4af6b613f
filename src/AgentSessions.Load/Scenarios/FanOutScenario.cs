using AgentSessions.Load.Checks;
using AgentSessions.Load.Wire;

namespace AgentSessions.Load.Scenarios;

/// <summary>Many readers of one session; a turn has ended when the last of them has seen its end.</summary>
internal sealed class FanOutScenario : IScenario
{
    private const int SetupConcurrency = 32;

    private readonly FanOutLoad _load;
    private readonly Cluster _cluster;
    private readonly LoadMeter _meter;
    private readonly string _name = Names.NewPrefix();
    private readonly FanOutReader[] _readers;
    private Turn? _turn;
    private int _missing;
    private volatile bool _aborted;

    public FanOutScenario(LoadTarget target, FanOutLoad load, LoadMeter meter, TimeProvider time)
    {
        (_load, _meter) = (load, meter);
        _cluster = new Cluster(target);
        _readers = [.. Enumerable.Range(0, load.Readers).Select(number => new FanOutReader(this, number, time))];
    }

    public async Task SetUpAsync(CancellationToken cancellationToken)
    {
        await _cluster.CreateAsync(0, _name, idleTimeout: null, cancellationToken).ConfigureAwait(false);
        await Parallel.ForEachAsync(
            _readers,
            new ParallelOptions { MaxDegreeOfParallelism = SetupConcurrency, CancellationToken = cancellationToken },
            async (reader, token) => await reader.OpenAsync(token).ConfigureAwait(false)).ConfigureAwait(false);
    }

    public async Task WorkAsync(CancellationToken stop)
    {
        Task reading = Task.WhenAll(_readers.Select(reader => reader.FollowAsync()));
        for (int taken = 0; !stop.IsCancellationRequested && !_aborted && taken < (_load.Turns ?? int.MaxValue); taken++)
        {
            Turn turn = new(_meter);
            Volatile.Write(ref _missing, _readers.Length);
            Volatile.Write(ref _turn, turn);
            LoadEndpoint endpoint = _cluster.ForAppend(0);
            if (!await turn.RunAsync(endpoint, endpoint.Requests.Append(_name, _load.ChunksPerTurn, _load.ChunkDelay, taken)).ConfigureAwait(false))
            {
                break; // What the readers have seen of it cannot be told from the next turn.
            }
        }

        CloseReaders();
        await reading.ConfigureAwait(false);
    }

    public void Abort()
    {
        _aborted = true;
        Volatile.Read(ref _turn)?.GiveUp();
        CloseReaders();
        _cluster.Dispose();
    }

    public void Dispose() => Abort();

    private void CloseReaders()
    {
        foreach (FanOutReader reader in _readers)
        {
            reader.Dispose();
        }
    }

    private sealed class FanOutReader : IStreamListener, IDisposable
    {
        private readonly FanOutScenario _scenario;
        private readonly StreamCheck _check;
        private readonly TailReader _tail;

        public FanOutReader(FanOutScenario scenario, int number, TimeProvider time)
        {
            _scenario = scenario;
            _check = new StreamCheck(this);
            _check.Expect(scenario._load.ChunksPerTurn);
            _tail = new TailReader(scenario._cluster.ForTail(number), scenario._name, _check, scenario._meter, time);
        }

        public async Task OpenAsync(CancellationToken cancellationToken)
        {
            _scenario._meter.Add(_check);
            await _tail.OpenAsync(cancellationToken).ConfigureAwait(false);
            _scenario._meter.OnReady();
        }

        public Task FollowAsync() => _tail.FollowAsync();

        public void OnFirstChunk(long sequence) => _scenario._meter.OnFirstChunk(Volatile.Read(ref _scenario._turn)!.Begun);

        public void OnTurnComplete()
        {
            if (Interlocked.Decrement(ref _scenario._missing) == 0)
            {
                Volatile.Read(ref _scenario._turn)!.Complete();
            }
        }

        public void OnWindowEnd()
        {
        }

        public void OnError(string kind) => _scenario._meter.Errors.Add(kind);

        public void Dispose() => _tail.Dispose();
    }
}
