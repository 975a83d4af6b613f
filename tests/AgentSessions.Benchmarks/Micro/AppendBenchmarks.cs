using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Acting;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Streams.Live;
using BenchmarkDotNet.Attributes;

namespace AgentSessions.Benchmarks.Micro;

/// <summary>A message taken in by its session, with a store in memory: the rules' own cost.</summary>
public class AppendBenchmarks
{
    private readonly InMemorySessionStore _store = new();
    private SessionActor _actor = null!;
    private int _sent;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        var hub = new StreamHub(_store, TimeProvider.System);
        _actor = new SessionActor(new SessionContext(_store, hub, new LiveRuns(), new OneAgent(), TimeProvider.System, new RandomIdSource()), Answers.Session);
        await _actor.StartAsync(
            new StartSession
            {
                Environment = Answers.Session.Environment,
                ExternalId = Answers.Session.Key,
                Type = Answers.Row.Type,
                Agent = Answers.Row.Agent,
                TriggerConfig = Answers.Row.TriggerConfig,
            },
            CancellationToken.None);
    }

    [Benchmark]
    public async Task<long> AppendAsync()
    {
        string part = (_sent++).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return (await _actor.AppendAsync(StreamId.In(Answers.Session), new AppendText(Answers.Message(_sent), part), CancellationToken.None)).Sequence;
    }

    private sealed class LiveRuns : IRunHost
    {
        public void Start(RunStart start, IRunOwner owner)
        {
        }

        public void Cancel(SessionKey session, string runId)
        {
        }

        public RunStatus? StatusOf(SessionKey session, string runId) => RunStatus.Waiting;
    }

    private sealed class OneAgent : IAgentCatalog
    {
        public IReadOnlyCollection<string> Names => [Answers.Row.Agent];

        public AgentInfo? Find(string name) => new(name, Version: null);
    }
}
