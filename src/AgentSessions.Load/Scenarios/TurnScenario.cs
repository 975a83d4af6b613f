namespace AgentSessions.Load.Scenarios;

/// <summary>Many sessions that take turns, independent of one another.</summary>
internal sealed class TurnScenario : IScenario
{
    private const int SetupConcurrency = 32;

    private readonly Cluster _cluster;
    private readonly TurnSession[] _sessions;

    public TurnScenario(LoadTarget target, TurnLoad load, LoadMeter meter, TimeProvider time)
    {
        _cluster = new Cluster(target);
        string prefix = load.Prefix ?? Names.NewPrefix();
        _sessions = [.. Enumerable.Range(0, load.Sessions).Select(number => new TurnSession(load, prefix, number, _cluster, meter, time))];
    }

    public Task SetUpAsync(CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            _sessions,
            new ParallelOptions { MaxDegreeOfParallelism = SetupConcurrency, CancellationToken = cancellationToken },
            async (session, token) => await session.SetUpAsync(token).ConfigureAwait(false));

    public Task WorkAsync(CancellationToken stop) => Task.WhenAll(_sessions.Select(session => session.WorkAsync(stop)));

    public void Abort()
    {
        foreach (TurnSession session in _sessions)
        {
            session.Abort();
        }

        _cluster.Dispose();
    }

    public void Dispose() => Abort();
}
