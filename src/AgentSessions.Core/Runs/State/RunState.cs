using System.Security.Claims;
using System.Text.Json;
using AgentSessions.Agents;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Turns.Accounts;
using AgentSessions.Core.Turns.Lanes;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Core.Runs.State;

/// <summary>What one run knows and has decided; the part of it that authors see.</summary>
internal sealed class RunState : IRunRuntime
{
    private readonly bool _beginsElsewhere;
    private int _messages;

    public RunState(
        RunStart start, AgentDefinition agent, IServiceProvider services, RunServices shared, Inbox inbox, OutWriter writer, CancellationToken aborted)
    {
        Start = start;
        Agent = agent;
        Book = new AccountBook(shared.Time);
        Services = services;
        Shared = shared;
        Inbox = inbox;
        Writer = writer;
        RunAborted = aborted;
        JsonElement payload = BootPayload;
        BootTrigger = payload.TryGetProperty("trigger", out JsonElement trigger) && trigger.ValueKind == JsonValueKind.String ? trigger.GetString() : null;
        Progress = start.Progress;
        _beginsElsewhere = HeadStart.IsOpen(start.Session, start.Progress);
        IdleTimeout = IdleTimeoutOf(payload) ?? agent.Options.IdleTimeout;
        TurnTimeout = agent.Options.TurnTimeout;
        User = SessionUser.Of(start.Session);
        JsonElement config = JsonElement.Parse(start.Session.TriggerConfig);
        MaxAttempts = config.TryGetProperty("maxAttempts", out JsonElement most) && most.TryGetInt32(out int attempts) && attempts > 0
            ? attempts
            : shared.Options.MaxAttempts;
        Conversation = new Conversation();
        Lane = new ModelLane(Conversation, LaneState.Empty);
        Journal = new ToolJournal(start.Session, shared.State, writer);
        Attachments = new RunAttachments(shared.Attachments, start.Session.Key.Environment, shared.Options.MaxAttachmentBytes);
        Deferred = new DeferredWork(shared.Options.Scheduler, aborted);
        Values = services.GetRequiredService<AgentStateValues>();
        Reads = new StoreReads(start.Run.Id, shared.Options.Out, shared.Time, shared.LoggerOf<StoreReads>());
        Saves = new TranscriptSaves(this, shared.LoggerOf<TranscriptSaves>());
    }

    public RunStart Start { get; }

    public AgentDefinition Agent { get; }

    public AgentOptions Options => Agent.Options;

    /// <summary>The agent's code; there once its instance is made.</summary>
    public IAgentHooks Hooks
    {
        get => field ?? throw new InvalidOperationException("The agent is not made yet.");
        set;
    }

    /// <summary>What the run calls, for the account of its turns.</summary>
    public AccountBook Book { get; }

    public RunServices Shared { get; }

    public Inbox Inbox { get; }

    public OutWriter Writer { get; }

    public SessionProgress Progress { get; set; }

    public Conversation Conversation { get; private set; }

    public ModelLane Lane { get; private set; }

    public UndeliveredMessages Undelivered { get; } = new();

    public ToolJournal Journal { get; }

    public StoreReads Reads { get; }

    /// <summary>The files that the conversation refers to.</summary>
    public RunAttachments Attachments { get; }

    public TranscriptSaves Saves { get; }

    /// <summary>Where the application keeps the conversation itself; null for the engine's own storage.</summary>
    public ITranscriptStore? TranscriptStore { get; private set; }

    /// <summary>Names of the living turn's budgets that agents it calls count against too; none between turns.</summary>
    public IReadOnlyList<string> PassedOnBudgets { get; set; } = [];

    /// <summary>Who called this agent as a tool; null if nobody did.</summary>
    public Lineage? Lineage { get; private set; }

    /// <summary>The agent's persisted values.</summary>
    public AgentStateValues Values { get; }

    /// <summary>What a dead run left of an answer that must be gone on with; taken by the first turn, and gone when that ends.</summary>
    public UIMessage? Unfinished { get; set; }

    public DeferredWork Deferred { get; }

    /// <summary>How often an owed message is tried after its host died.</summary>
    public int MaxAttempts { get; }

    /// <summary>Whether the hook for a conversation's beginning was called.</summary>
    public bool IsChatStarted { get; set; }

    /// <summary>Turns this run has answered.</summary>
    public int Turns { get; set; }

    public UsageDetails PreviousTurnUsage { get => field ??= new UsageDetails(); set; }

    public UsageDetails TotalUsage => field ??= new UsageDetails();

    public bool IsEndRequested { get; private set; }

    public SessionClosing? Closing { get; private set; }

    public RunSuccessor? RequestedUpgrade { get; private set; }

    /// <summary>Called when the session is closed, so that what the agent is at ends early.</summary>
    public Action? OnClosing { get; set; }

    public string AgentName => Agent.Name;

    public string? AgentVersion => Start.Run.AgentVersion;

    public string SessionId => Start.Session.Id;

    public string ChatId => Start.Session.ExternalId ?? Start.Session.Id;

    public string RunId => Start.Run.Id;

    public string? PreviousRunId => Start.Run.PreviousRunId;

    /// <summary>Whether there may be anything to load: messages, a half-written answer, unanswered input.</summary>
    public bool HasPast => Start.Run.Reason != RunReason.Initial || Start.Progress.LastBoundary >= 0;

    public bool IsContinuation => Start.Run.Reason != RunReason.Initial;

    public bool IsPreloaded => BootTrigger == "preload";

    /// <summary>How long it is waited for. Zero or less: whatever runs before this one had waited long enough, or it was called off.</summary>
    public TimeSpan HandoverWait => !IsContinuation ? HandoverTimeout
        : Start.Progress.ResumeFloor >= 0 ? TimeSpan.Zero
        : Start.Session.CreatedAt + HandoverTimeout - Shared.Time.GetUtcNow();

    private TimeSpan HandoverTimeout => IdleTimeoutOf(BootPayload) ?? TimeSpan.FromSeconds(60);

    /// <summary>Whether another process answers the first step and hands over.</summary>
    /// <remarks>A message that is given up writes a boundary before the run looks here.</remarks>
    public bool AwaitsHandover => _beginsElsewhere && Progress.LastBoundary < 0;

    /// <summary>What that process has written so far of the answer, and maybe a dead run behind it; null if nothing.</summary>
    public UIMessage? HandedPartial { get; set; }

    public string? BootTrigger { get; }

    /// <summary>What came with the session. It is parsed for each look: that is seldom, and a run that waits keeps the text alone.</summary>
    public JsonElement BootPayload => JsonElement.Parse(Start.Payload);

    public ClaimsPrincipal? User { get; }

    ParentAgent? IRunRuntime.Parent => Lineage is { } caller
        ? new ParentAgent(caller.SessionId, caller.ChatId, caller.RunId, caller.ToolCallId, caller.Depth)
        : null;

    TimeProvider IRunRuntime.Time => Shared.Time;

    public IServiceProvider Services { get; }

    public CancellationToken RunAborted { get; }

    public TimeSpan IdleTimeout { get; set; }

    public TimeSpan TurnTimeout { get; set; }

    public void EndRun() => IsEndRequested = true;

    public void CloseSession(string? reason)
    {
        Closing ??= new SessionClosing(reason);
        OnClosing?.Invoke();
    }

    public void RequestUpgrade(string? version) => RequestedUpgrade ??= new RunSuccessor(version);

    /// <summary>The next message asks for another agent.</summary>
    public void RequestAgent(string name) => RequestedUpgrade ??= new RunSuccessor(Version: null, name);

    public void Inject(IEnumerable<ChatMessage> messages) => Undelivered.Add(messages);

    public void Defer(Func<CancellationToken, Task> work) => Deferred.Start(work);

    /// <summary>Waits for deferred work, for a while; what failed is logged by whoever cares.</summary>
    public async Task SettleDeferredAsync() => await Deferred.SettleAsync(Shared.Options.DeferLimit, Shared.Time, RunAborted);

    /// <summary>Finds out who called this agent.</summary>
    public async ValueTask LoadLineageAsync(CancellationToken cancellationToken) =>
        Lineage = await Lineage.ReadAsync(Shared.State, Start.Session.Key, cancellationToken);

    /// <summary>The callers' budgets that a turn counts against. Another turn of the caller's has others, so they are read for each.</summary>
    public async ValueTask<IReadOnlyList<string>> InheritedBudgetsAsync()
    {
        if (Lineage is null)
        {
            return [];
        }

        await LoadLineageAsync(RunAborted);
        return Lineage?.Budgets ?? [];
    }

    /// <summary>What must be gone on with, once.</summary>
    public UIMessage? TakeUnfinished()
    {
        UIMessage? unfinished = Unfinished;
        Unfinished = null;
        return unfinished;
    }

    /// <summary>Makes the application's store, if it has one. Its code, so it may throw.</summary>
    public void MakeTranscriptStore() => TranscriptStore = Options.TranscriptStore?.Invoke(Services);

    /// <summary>Starts from what is stored.</summary>
    public void Load(Conversation conversation, LaneState state)
    {
        Conversation = conversation;
        Lane = new ModelLane(conversation, state);
        Inject(state.Undelivered);
        Values.Load(state.Values);
    }

    /// <summary>Lets go of what only a turn needs.</summary>
    public void EndTurn()
    {
        Writer.EndTurn();
        Conversation.RestSaved();
    }

    /// <summary>Leaves the conversation to a successor that comes at once, if all of it is stored, and as it is.</summary>
    public void LeaveConversation()
    {
        bool isStoredAsItIs = TranscriptStore is null && Options.Privacy.RedactStored is null && Shared.Redaction is null;
        if (isStoredAsItIs && Conversation.IsSaved && !Lane.IsUnsaved)
        {
            Shared.Kept.Keep(Start, Progress.LastBoundary, Conversation, Lane.State.Write());
        }
    }

    /// <summary>Notes which injected messages wait, if that changed since it was last noted.</summary>
    public void KeepUndelivered()
    {
        ChatMessage[] waiting = Undelivered.ToKeep();
        if (!waiting.SequenceEqual(Lane.State.Undelivered))
        {
            Lane.Change(Lane.State with { Undelivered = waiting });
        }
    }

    /// <summary>Notes the agent's persisted values, if they changed since they were last noted.</summary>
    public void KeepValues()
    {
        if (Values.TakeChanges() is { } values)
        {
            Lane.Change(Lane.State with { Values = values });
        }
    }

    /// <summary>The conversation that came with the start of a run whose first step is answered elsewhere.</summary>
    public IReadOnlyList<UIMessage> HeadStartMessages()
    {
        try
        {
            return BootPayload.TryGetProperty("headStartMessages", out JsonElement messages) && messages.ValueKind == JsonValueKind.Array
                ? [.. messages.Deserialize<UIMessage[]>(UIJson.Options)!.Where(static message => message.Id.Length > 0)]
                : [];
        }
        catch (JsonException exception)
        {
            throw new AgentUserException("Invalid message", exception);
        }
    }

    /// <summary>An id for an assistant message: unique, since run ids are, and the same when a seeded test runs again.</summary>
    public string NewMessageId() => $"msg_{RunId.AsSpan(RunId.IndexOf('_') + 1)}_{_messages++}";

    private static TimeSpan? IdleTimeoutOf(JsonElement payload) =>
        payload.TryGetProperty("idleTimeoutInSeconds", out JsonElement idle) && idle.TryGetInt32(out int seconds) && seconds > 0
            ? TimeSpan.FromSeconds(seconds)
            : null;
}
