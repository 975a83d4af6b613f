using System.Text;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Acting;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Tests.Sessions.Acting;

/// <summary>One session on an in-memory store with a host that runs nothing by itself.</summary>
internal sealed class ActorBench
{
    public static readonly SessionKey Key = new("env", "chat-1");

    public ActorBench()
    {
        Store = new InMemorySessionStore();
        Hub = new StreamHub(Store, TimeProvider.System);
        Context = new SessionContext(Store, Hub, Host, new OneAgent(), TimeProvider.System, new CountingIds()) { IsDraining = () => Draining };
        Actor = new SessionActor(Context, Key);
    }

    public InMemorySessionStore Store { get; }

    public StreamHub Hub { get; }

    public IdleHost Host { get; } = new();

    public SessionContext Context { get; }

    public SessionActor Actor { get; private set; }

    public bool Draining { get; set; }

    /// <summary>The process dies: runs are gone, caches are gone, the store stays.</summary>
    public void Crash()
    {
        Host.Live.Clear();
        Actor = new SessionActor(Context, Key);
    }

    public ValueTask<StartedSession> StartAsync(string triggerConfig = """{"basePayload":{"chatId":"chat-1","trigger":"preload"}}""") =>
        Actor.StartAsync(new StartSession { Environment = "env", ExternalId = Key.Key, Type = "chat.agent", Agent = "echo", TriggerConfig = triggerConfig }, default);

    public ValueTask<AppendedRecord> AppendAsync(string text, string partId) =>
        Actor.AppendAsync(StreamId.In(Key), new AppendText(Encoding.UTF8.GetBytes(text), partId), default);

    public static string Message(string text) =>
        "{\"kind\":\"message\",\"payload\":{\"chatId\":\"chat-1\",\"trigger\":\"submit-message\",\"message\":{\"id\":\"m-" + text
        + "\",\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"text\":\"" + text + "\"}]}}}";

    public async Task<List<StreamRecord>> ReadAsync(StreamId stream)
    {
        var records = new List<StreamRecord>();
        var from = Cursor.Start;
        while (await Store.ReadAsync(stream, from, 64 * 1024, default) is RecordBatch batch)
        {
            records.AddRange(batch.Decode());
            from = batch.Tail;
        }

        return records;
    }

    /// <summary>The run ends by itself, having consumed <c>in</c> up to a sequence.</summary>
    public ValueTask EndAsync(RunEnd end, long consumedThrough)
    {
        RunStart run = Host.Started[^1];
        Host.Live.Remove(run.Run.Id);
        return ((IRunOwner)Actor).EndAsync(run, end, run.Progress with { ResumeFloor = consumedThrough }, consumedThrough, error: null, default);
    }

    internal sealed class IdleHost : IRunHost
    {
        public List<RunStart> Started { get; } = [];

        public HashSet<string> Live { get; } = [];

        public List<string> Cancelled { get; } = [];

        public void Start(RunStart start, IRunOwner owner)
        {
            Started.Add(start);
            Live.Add(start.Run.Id);
        }

        public void Cancel(SessionKey session, string runId)
        {
            Cancelled.Add(runId);
            Live.Remove(runId);
        }

        public RunStatus? StatusOf(SessionKey session, string runId) => Live.Contains(runId) ? RunStatus.Waiting : null;
    }

    private sealed class OneAgent : IAgentCatalog
    {
        public IReadOnlyCollection<string> Names => ["echo"];

        public AgentInfo? Find(string name) => name == "echo" ? new AgentInfo("echo", null) : null;
    }

    private sealed class CountingIds : IIdSource
    {
        private int _count;

        public string NewSessionId() => $"session_{Interlocked.Increment(ref _count)}";

        public string NewRunId() => $"run_{Interlocked.Increment(ref _count)}";
    }
}
