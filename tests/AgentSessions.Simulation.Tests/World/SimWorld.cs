using AgentSessions.Agents;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Simulation.Tests.Oracle;

namespace AgentSessions.Simulation.Tests.World;

/// <summary>A small cluster around one session: processes that come and go, a store they share, and bells that get lost on the way.</summary>
internal sealed class SimWorld : IDisposable
{
    private readonly List<SimNode> _nodes = [];
    private readonly List<SimNode> _born = [];

    /// <param name="seed">What decides everything.</param>
    /// <param name="isTold">Whether what happens is written down for a reader.</param>
    public SimWorld(int seed, bool isTold)
    {
        var random = new Random(seed);
        Scheduler = new SimScheduler(random);
        Time = new SimTime(Scheduler);
        Faults = new Faults(random);
        Random = random;
        GatherDelay = TimeSpan.FromMilliseconds(seed % 4 * 50);
        MaxTurns = seed % 5 == 2 ? 2 : null;
        History = new History { Story = isTold ? [] : null };
    }

    public static SessionKey Session { get; } = new("env", "chat-1");

    public SimScheduler Scheduler { get; }

    public SimTime Time { get; }

    public Faults Faults { get; }

    public Random Random { get; }

    /// <summary>How far apart the commits of an answer are kept, as busy processors do.</summary>
    public TimeSpan GatherDelay { get; }

    /// <summary>After how many turns a run makes place for another; null for more than there are.</summary>
    public int? MaxTurns { get; }

    public SimIds Ids { get; } = new();

    public InMemorySessionStore Stored { get; } = new();

    public History History { get; }

    /// <summary>The transcript as it is stored.</summary>
    public StoredTranscript Transcript => Stored.ReadTranscriptAsync(Session, limit: null, before: null, CancellationToken.None).AsTask().GetAwaiter().GetResult();

    /// <summary>Starts the processes.</summary>
    public void Start()
    {
        for (int i = 0; i < Faults.Nodes; i++)
        {
            _nodes.Add(NewNode());
        }

        if (Faults.ClockJumps)
        {
            Scheduler.Start(JumpAsync);
        }
    }

    /// <summary>Lets go of every process, also the dead ones.</summary>
    public void Dispose() => _born.ForEach(static node => node.Dispose());

    /// <summary>Who gets a call: the session's owner, or by mistake anybody.</summary>
    public SimNode Route() => _nodes[Faults.Happens(Faults.Misroute) ? Random.Next(_nodes.Count) : 0];

    /// <summary>Notes it if a turn of the session's owner does not have what is stored.</summary>
    public async Task CompareAsync(TurnContext turn)
    {
        SessionHead head = (await Stored.LoadAsync(Session, CancellationToken.None))!;
        StoredTranscript stored = await Stored.ReadTranscriptAsync(Session, limit: null, before: null, CancellationToken.None);
        if (head.Row.CurrentRunId == turn.RunId
            && !stored.Messages.Select(static message => message.Id).SequenceEqual(turn.UIMessages.Take(stored.Messages.Count).Select(static message => message.Id)))
        {
            History.Violations.Add($"{turn.RunId} answers {turn.Message!.Id} without some of what is stored.");
        }
    }

    private SimNode NewNode()
    {
        var node = new SimNode(this, $"node {_born.Count + 1}", Committed, Crashed);
        _born.Add(node);
        Scheduler.Start(node.SweepAsync);
        return node;
    }

    private void Crashed(SimNode node)
    {
        History.Story?.Add($"{Time.Elapsed} {node.Name} crashes");
        Scheduler.Start(() => ReplaceAsync(node));
    }

    private void Committed(SimNode node, SessionCommit commit)
    {
        History.Add(node, commit);
        foreach (StreamAppend append in commit.Appends)
        {
            foreach (SimNode other in _nodes.Where(other => other != node))
            {
                for (int copies = Faults.Happens(Faults.LostBell) ? 0 : Faults.Happens(Faults.DoubleBell) ? 2 : 1; copies > 0; copies--)
                {
                    Scheduler.Start(() => RingAsync(other, append));
                }
            }
        }
    }

    private async Task RingAsync(SimNode node, StreamAppend append)
    {
        await Task.Delay(Faults.Travel(), Time);
        if (Random.Next(2) == 0)
        {
            node.Hub.Tell(append.Stream, append.Batch);
        }
        else
        {
            node.Hub.Ring(append.Stream);
        }
    }

    /// <summary>Another process comes up in a dead one's place.</summary>
    private async Task ReplaceAsync(SimNode dead)
    {
        await Task.Delay(Faults.Between(1, 10_000), Time);
        int place = _nodes.IndexOf(dead);
        _nodes[place] = NewNode();
        await _nodes[place].RecoverAsync();
    }

    private async Task JumpAsync()
    {
        while (!Faults.IsOver)
        {
            await Task.Delay(Faults.Between(100, 20_000), Time);
            Faults.Any(_nodes).Clock.Offset = TimeSpan.FromMinutes(Random.Next(-60, 61));
        }
    }
}
