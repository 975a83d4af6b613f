using AgentSessions.Load.Checks;

namespace AgentSessions.Load.Scenarios;

/// <summary>Creates sessions, opens readers on them, and leaves both alone.</summary>
internal sealed class IdleScenario : IScenario, IStreamListener
{
    private readonly IdleLoad _load;
    private readonly Cluster _cluster;
    private readonly LoadMeter _meter;
    private readonly string _prefix;
    private readonly (TailReader Tail, StreamCheck Check)[] _readers;

    public IdleScenario(LoadTarget target, IdleLoad load, LoadMeter meter, TimeProvider time)
    {
        (_load, _meter) = (load, meter);
        _cluster = new Cluster(target);
        _prefix = load.Prefix ?? Names.NewPrefix();
        _readers = [.. Enumerable.Range(0, load.Readers).Select(number => NewReader(number, time))];
    }

    public async Task SetUpAsync(CancellationToken cancellationToken)
    {
        ParallelOptions options = new() { MaxDegreeOfParallelism = _load.Concurrency, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, _load.Sessions, options, async (number, token) =>
        {
            // Set-up is what this scenario loads the server with, so every create counts.
            long begun = _meter.Now;
            await _cluster.CreateAsync(number, NameOf(number), _load.IdleTimeout, token).ConfigureAwait(false);
            _meter.OnSetupRequest(begun);
            _meter.OnReady();
        }).ConfigureAwait(false);

        await Parallel.ForEachAsync(_readers, options, async (reader, token) =>
        {
            _meter.Add(reader.Check);
            await reader.Tail.OpenAsync(token).ConfigureAwait(false);
            _meter.OnReady();
        }).ConfigureAwait(false);
    }

    public async Task WorkAsync(CancellationToken stop)
    {
        Task reading = Task.WhenAll(_readers.Select(reader => reader.Tail.FollowAsync()));
        await Task.Delay(Timeout.InfiniteTimeSpan, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Abort();
        await reading.ConfigureAwait(false);
    }

    public void Abort()
    {
        foreach ((TailReader tail, _) in _readers)
        {
            tail.Dispose();
        }

        _cluster.Dispose();
    }

    public void OnFirstChunk(long sequence) => OnError("chunk on an idle session");

    public void OnTurnComplete() => OnError("turn on an idle session");

    public void OnWindowEnd()
    {
    }

    public void OnError(string kind) => _meter.Errors.Add(kind);

    public void Dispose() => Abort();

    private string NameOf(int number) => $"{_prefix}-{_load.FirstSession + number}";

    private (TailReader Tail, StreamCheck Check) NewReader(int number, TimeProvider time)
    {
        StreamCheck check = new(this);
        return (new TailReader(_cluster.ForTail(number), NameOf(number % Math.Max(1, _load.Sessions)), check, _meter, time), check);
    }
}
