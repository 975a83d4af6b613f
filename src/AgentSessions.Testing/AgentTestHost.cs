using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Agents;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Testing;

/// <summary>Runs one conversation with an agent on the real runtime, in memory: no network, no files, no sleeps.</summary>
/// <remarks>
/// <para>The clock (<see cref="Time"/>) stands still until the test moves it. A send returns when the turn is over, its last hook has run and
/// what it changed is stored, so the next line of a test can look at everything.</para>
/// <para>A wait that does not come true within <see cref="Patience"/> throws and says what was missing.</para>
/// </remarks>
public sealed partial class AgentTestHost : IAsyncDisposable
{
    private const string Environment = "test";

    private readonly AgentTestHostBuilder _builder;
    private readonly InMemorySessionStore _stored;
    private readonly TestObserver _observer;
    private readonly TestIds _ids;
    private readonly List<StreamRecord> _out = [];
    private readonly SessionKey _session;
    private TestProcess _process;
    private int _read;

    private AgentTestHost(AgentTestHostBuilder builder)
    {
        _builder = builder;
        _stored = builder.Beside?._stored ?? new InMemorySessionStore();
        _ids = builder.Beside?._ids ?? new TestIds();
        _session = new SessionKey(Environment, builder.ChatId);
        _observer = new TestObserver(_session);
        _process = StartProcess();
    }

    /// <summary>How long a test waits for a fact. Default 60 s.</summary>
    public static TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The clock of everything under test.</summary>
    public ManualTime Time { get; } = new();

    /// <summary>The model agents get as <c>IChatClient</c>.</summary>
    public ScriptedModel Model { get; } = new();

    /// <summary>What the session begins with, set before the first send. Default: nothing.</summary>
    public TestSeed Seed { get; } = new();

    /// <summary>Names of the hooks that were called, in order, such as <c>OnTurnStart</c>.</summary>
    public IReadOnlyList<string> HookLog => _observer.Hooks;

    /// <summary>The services of the process under test.</summary>
    public IServiceProvider Services => _process.Services;

    /// <summary>The store of the process under test, for faults between it and the runtime.</summary>
    internal TestStore Store => _process.Store;

    /// <summary>Every record written to <c>out</c> so far, over all runs.</summary>
    public IReadOnlyList<StreamRecord> AllRecords
    {
        get
        {
            lock (_out)
            {
                return [.. _out];
            }
        }
    }

    /// <summary>Every chunk written so far, over all runs.</summary>
    public IReadOnlyList<UIMessageChunk> AllChunks => new TestTurn(AllRecords, static _ => null).Chunks;

    /// <summary>Starts a host for an agent class.</summary>
    /// <param name="configure">Sets services and options.</param>
    public static Task<AgentTestHost> StartAsync<TAgent>(Action<AgentTestHostBuilder>? configure = null)
        where TAgent : class
    {
        var builder = new AgentTestHostBuilder();
        builder.Agents(agents => agents.AddAgent<TAgent>(builder.AgentName, builder.Options));
        configure?.Invoke(builder);
        return Task.FromResult(new AgentTestHost(builder));
    }

    /// <summary>Starts a host for an agent that is a delegate.</summary>
    /// <param name="run">Answers a turn.</param>
    /// <param name="configure">Sets services and options.</param>
    public static Task<AgentTestHost> StartAsync(Func<TurnContext, CancellationToken, Task> run, Action<AgentTestHostBuilder>? configure = null)
    {
        var builder = new AgentTestHostBuilder();
        builder.Agents(agents => agents.AddAgent(builder.AgentName, run, builder.Options));
        configure?.Invoke(builder);
        return Task.FromResult(new AgentTestHost(builder));
    }

    /// <summary>Starts a host for one of several agents that are registered together.</summary>
    /// <param name="agent">The name of the one that is talked to.</param>
    /// <param name="register">Registers them.</param>
    /// <param name="configure">Sets services and options.</param>
    public static Task<AgentTestHost> StartNamedAsync(
        string agent, Action<AgentSessionsBuilder> register, Action<AgentTestHostBuilder>? configure = null)
    {
        var builder = new AgentTestHostBuilder { AgentName = agent };
        builder.Agents(register);
        configure?.Invoke(builder);
        return Task.FromResult(new AgentTestHost(builder));
    }

    /// <summary>Starts a host for an agent that drives its turns itself.</summary>
    /// <param name="run">Answers turns until the run ends.</param>
    /// <param name="configure">Sets services and options.</param>
    public static Task<AgentTestHost> StartCustomAsync(
        Func<IAgentSessionLoop, CancellationToken, Task> run, Action<AgentTestHostBuilder>? configure = null)
    {
        var builder = new AgentTestHostBuilder();
        builder.Agents(agents => agents.AddCustomAgent(builder.AgentName, run, builder.Options));
        configure?.Invoke(builder);
        return Task.FromResult(new AgentTestHost(builder));
    }

    /// <summary>The stored transcript.</summary>
    /// <param name="chatId">The conversation, such as a sub-agent's; null for the host's own.</param>
    public async Task<IReadOnlyList<UIMessage>> TranscriptAsync(string? chatId = null)
    {
        StoredTranscript stored = await _stored.ReadTranscriptAsync(chatId is null ? _session : new SessionKey(Environment, chatId), limit: null, before: null, CancellationToken.None);
        return [.. stored.Messages.Select(Message)];
    }

    /// <summary>All that is stored of the conversation: which answers are whole, the runtime's own state, and how far of both streams it covers.</summary>
    public async Task<StoredConversation> SnapshotAsync()
    {
        StoredTranscript stored = await _stored.ReadTranscriptAsync(_session, limit: null, before: null, CancellationToken.None);
        return new StoredConversation(
            [.. stored.Messages.Select(static message => new StoredConversationMessage(Message(message), message.Final))],
            stored.State is { } state ? JsonElement.Parse(state) : null,
            stored.LastOutSequence < 0 ? null : stored.LastOutSequence,
            stored.LastInSequence < 0 ? null : stored.LastInSequence);
    }

    /// <summary>The session's runs, oldest first.</summary>
    public async Task<IReadOnlyList<RunRow>> RunsAsync() =>
        [.. (await _stored.ListRunsAsync(_session, limit: 1000, CancellationToken.None)).Reverse()];

    /// <summary>The place of the oldest record that <c>out</c> keeps.</summary>
    public async Task<Cursor> OldestOutAsync() => (await _stored.GetBoundsAsync(StreamId.Out(_session), CancellationToken.None)).Oldest;

    /// <summary>The session's row.</summary>
    public async Task<SessionRow> SessionAsync() => (await _stored.LoadAsync(_session, CancellationToken.None))!.Row;

    /// <summary>Dies as a killed process does: what is not stored is gone, and no hook is called.</summary>
    public Task CrashRunAsync()
    {
        _process.Kill();
        return Task.CompletedTask;
    }

    /// <summary>Starts the process again. What is owed is answered by itself.</summary>
    public async Task RestartAsync()
    {
        _process.Kill();
        _observer.Disturb();
        _process = StartProcess();
        await _process.Engine.RecoverAllAsync(static (session, exception) => throw new InvalidOperationException($"Session {session.Key} could not be recovered.", exception), CancellationToken.None);
    }

    /// <summary>Does what a process does every few seconds while it lives: starts runs whose claim was not answered.</summary>
    internal Task SweepAsync() => _process.Engine.SweepAsync(
        static (session, exception) => throw new InvalidOperationException($"Session {session.Key} could not be helped.", exception), CancellationToken.None);

    /// <summary>Waits until the run waits for input, with its timer set: from here on only the clock or a message moves it.</summary>
    public Task IdleAsync() => _observer.IdleAsync();

    /// <summary>Waits until the run waits for exactly so long, with its timer set.</summary>
    internal Task WaitingAsync(TimeSpan limit) => _observer.WaitingAsync(limit);

    /// <summary>Moves the clock once the run waits for input.</summary>
    public async Task AdvanceAsync(TimeSpan by)
    {
        await IdleAsync();
        _observer.Disturb();
        Time.Advance(by);
    }

    /// <summary>Waits until something has set a timer for exactly this long from now.</summary>
    public Task TimerAsync(TimeSpan due) => Time.TimerAsync(due).WaitAsync(Patience);

    /// <summary>Waits until this many runs have ended.</summary>
    public Task RunsEndedAsync(int count) => _observer.EndedAsync(count);

    /// <summary>Waits until this many turns are over, counted over all runs.</summary>
    public Task TurnsEndedAsync(int count) => _observer.TurnsAsync(count);

    /// <summary>Waits until a hook was called this often.</summary>
    public Task HookCalledAsync(string hook, int count = 1) => _observer.HookAsync(hook, count);

    /// <summary>Waits until a run has taken in an input, before or during a turn.</summary>
    /// <param name="sequence">The input's sequence.</param>
    public Task ReceivedAsync(long sequence) => _observer.ReceivedAsync(sequence);

    /// <summary>Waits until a condition on what is stored holds.</summary>
    public Task UntilAsync(Func<bool> holds) => _observer.UntilAsync(holds, "state that was asked for");

    /// <summary>Waits until a record of <c>out</c> is as asked.</summary>
    public Task RecordAsync(Func<StreamRecord, bool> match) => _observer.UntilAsync(() => AllRecords.Any(match), "record of out that was asked for");

    /// <summary>Waits until chunks hold this text.</summary>
    public Task TextAsync(string text) => _observer.UntilAsync(
        () => string.Concat(AllChunks.OfType<TextDeltaChunk>().Select(static chunk => chunk.Delta)).Contains(text), $"text '{text}' on out");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private TestProcess StartProcess() => new(_builder, new TestStore(_stored, Committed), Time, _ids, Model, _observer);

    private void Committed(SessionCommit commit)
    {
        if (commit.Session != _session)
        {
            return;
        }

        foreach (StreamAppend append in commit.Appends.Where(append => append.Stream == StreamId.Out(_session)))
        {
            lock (_out)
            {
                _out.AddRange(append.Batch.Decode());
            }
        }

        _observer.Touch();
    }

    private async Task<TestTurn> TurnAsync(Func<StreamRecord, bool> isEnd)
    {
        IReadOnlyList<UIMessage> stored = await TranscriptAsync();
        lock (_out)
        {
            int end = _out.FindIndex(_read, record => record.Control == ControlHeaders.TurnComplete && isEnd(record)) + 1;
            List<StreamRecord> records = _out.GetRange(_read, end - _read);
            _read = end;
            return new TestTurn(records, id => stored.FirstOrDefault(message => message.Id == id));
        }
    }

    private static UIMessage Message(StoredMessage stored) => JsonSerializer.Deserialize<UIMessage>(stored.Json.Span, UIJson.Options)!;

    private static JsonNode? ToNode(object? value) => value is null ? null : JsonSerializer.SerializeToNode(value, JsonSerializerOptions.Web);

    private static byte[] Bytes(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString());
}
