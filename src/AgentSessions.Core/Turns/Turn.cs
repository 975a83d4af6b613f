using System.Security.Claims;
using System.Text.Json;
using AgentSessions.Agents;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Turns.Budgets;
using AgentSessions.Core.Turns.Lanes;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Turns;

/// <summary>One turn: what came in, what was decided on the way, and what authors see of it.</summary>
internal sealed partial class Turn : ITurnRuntime, IOutputRuntime, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly CancellationTokenRegistration _aborting;
    private readonly HistoryEdits _history;
    private readonly List<string> _newIds = [];
    private volatile bool _isStopped;

    public Turn(RunState run, InputRecord? record, TurnTrigger trigger)
    {
        Run = run;
        Record = record;
        Trigger = trigger;
        Number = run.Turns;
        StopRequested = _stop.Token;
        Ending = _ending.Token;
        _aborting = run.RunAborted.UnsafeRegister(static turn => ((Turn)turn!).Cancel(((Turn)turn)._ending), this);
        _history = new HistoryEdits(run.Conversation);
        Writer = new TurnOutputWriter(run.Writer, run.NewMessageId());
        Gate = new OutputGate(run.Writer, run.Deferred, run.Shared.Options.OutputGateLimit, run.Shared.Time);
    }

    public RunState Run { get; }

    public InputRecord? Record { get; }

    public int Number { get; }

    public TurnGuard Guard { get; } = new();

    public OutputGate Gate { get; }

    /// <summary>The author's view; null until client data was parsed.</summary>
    public TurnContext? Context { get; set; }

    public object? ClientData { get; set; }

    /// <summary>The message being answered; an action may bring its own.</summary>
    public UIMessage? Message { get; set; }

    public TurnTrigger Trigger { get; set; }

    public TurnOutputWriter Writer { get; set; }

    public HistoryEdits Edits => _history;

    public UsageDetails Usage { get; } = new();

    /// <summary>Whether a stop cut something short, which is more than that one was asked for.</summary>
    public bool IsInterrupted { get; set; }

    public string? FinishReason { get; set; }

    public UIMessage? RawResponse { get; set; }

    public UIMessage? Response { get; set; }

    /// <summary>The whole answer, if it was given elsewhere: the agent is not asked for one.</summary>
    public UIMessage? Prefilled { get; set; }

    /// <summary>The turn's span and metrics; null for a turn that nobody answers.</summary>
    public TurnMeasure? Measure { get; set; }

    /// <summary>What the turn may not exceed; null if nothing limits it.</summary>
    public TurnSpending? Budget { get; private set; }

    /// <summary>The budget that ran out while the agent was at work; null if none did.</summary>
    public BudgetExceededException? Exceeded { get; private set; }

    /// <summary>Fires on stop or abort, and when a budget runs out.</summary>
    public CancellationToken Ending { get; }

    public CancellationToken StopRequested { get; }

    public bool IsStopped => _isStopped;

    /// <summary>Fires when the turn is asked to stop, on whatever thread asks. Who comes too late for it finds <see cref="IsStopped"/> set.</summary>
    public event Action? Stopping;

    string IRunRuntime.AgentName => Run.AgentName;

    string? IRunRuntime.AgentVersion => Run.AgentVersion;

    string IRunRuntime.SessionId => Run.SessionId;

    string IRunRuntime.ChatId => Run.ChatId;

    string IRunRuntime.RunId => Run.RunId;

    string? IRunRuntime.PreviousRunId => Run.PreviousRunId;

    bool IRunRuntime.IsContinuation => Run.IsContinuation;

    bool IRunRuntime.IsPreloaded => Run.IsPreloaded;

    JsonElement IRunRuntime.BootPayload => Run.BootPayload;

    ClaimsPrincipal? IRunRuntime.User => Run.User;

    ParentAgent? IRunRuntime.Parent => ((IRunRuntime)Run).Parent;

    TimeProvider IRunRuntime.Time => Run.Shared.Time;

    IServiceProvider IRunRuntime.Services => Run.Services;

    CancellationToken IRunRuntime.RunAborted => Run.RunAborted;

    TimeSpan IRunRuntime.IdleTimeout
    {
        get => Run.IdleTimeout;
        set => Run.IdleTimeout = value;
    }

    TimeSpan IRunRuntime.TurnTimeout
    {
        get => Run.TurnTimeout;
        set => Run.TurnTimeout = value;
    }

    int ITurnRuntime.Turn => Number;

    JsonElement? ITurnRuntime.Metadata => Record?.Metadata;

    bool ITurnRuntime.IsWebhook => Record?.IsWebhook is true;

    IReadOnlyList<UIMessage> ITurnRuntime.UIMessages => View ?? _history.All;

    IHistoryRuntime ITurnRuntime.History => _history;

    IOutputRuntime ITurnRuntime.Output => this;

    string IOutputRuntime.MessageId => Writer.MessageId;

    UIMessage? ITurnRuntime.Continued => Writer.Continued;

    UsageDetails ITurnRuntime.PreviousTurnUsage => Run.PreviousTurnUsage;

    UsageDetails ITurnRuntime.TotalUsage => Run.TotalUsage;

    /// <summary>Messages that this turn added or changed, as they are now.</summary>
    public IReadOnlyList<UIMessage> NewMessages => [.. _newIds.Select(Run.Conversation.Find).OfType<UIMessage>()];

    /// <summary>Goes on with the answer as it was decided on, in the same turn.</summary>
    public void Resume(UIMessage decided)
    {
        Writer = TurnOutputWriter.Resume(Run.Writer, decided);
        Run.Conversation.Put(decided);
        AddNew(decided.Id);
        _partsInMessages = 0;
        ForgetMessages();
    }

    /// <summary>Asks the turn to stop.</summary>
    public void RequestStop()
    {
        _isStopped = true;
        Stopping?.Invoke();
        Cancel(_stop);
        Cancel(_ending);
    }

    /// <summary>Begins to count against the turn's budgets, if it has any.</summary>
    /// <exception cref="BudgetExceededException">One is used up already.</exception>
    public async ValueTask OpenBudgetAsync(CancellationToken cancellationToken)
    {
        Budget = TurnSpending.Of(Run, Record?.Sequence ?? -1, await Run.InheritedBudgetsAsync(), Exceed);
        if (Budget is { } budget)
        {
            await budget.OpenAsync(cancellationToken);
        }
    }

    /// <summary>Takes over what the last hook edited. The model's view is made anew from it.</summary>
    public void ApplyEdits()
    {
        if (_history.Apply())
        {
            Run.Lane.Rebuild();
            ForgetMessages();
        }
    }

    public void AddNew(string messageId)
    {
        if (!_newIds.Contains(messageId))
        {
            _newIds.Add(messageId);
        }
    }

    void IRunRuntime.EndRun() => Run.EndRun();

    void IRunRuntime.CloseSession(string? reason) => Run.CloseSession(reason);

    void IRunRuntime.RequestUpgrade(string? version) => Run.RequestUpgrade(version);

    void IRunRuntime.Inject(IEnumerable<ChatMessage> messages) => Run.Inject(messages);

    void IRunRuntime.Defer(Func<CancellationToken, Task> work) => Run.Defer(work);

    ValueTask IOutputRuntime.WriteAsync(UIMessageChunk chunk, CancellationToken cancellationToken)
    {
        Run.Options.UIMessages.Check(chunk);
        return Writer.WriteAsync(chunk, cancellationToken);
    }

    ValueTask IOutputRuntime.WriteTextAsync(string text, CancellationToken cancellationToken) => Writer.WriteTextAsync(text, cancellationToken);

    /// <summary>Ends the turn because a budget ran out.</summary>
    private void Exceed(BudgetExceededException exceeded)
    {
        Exceeded ??= exceeded;
        Stopping?.Invoke();
        Cancel(_ending);
    }

    private void Cancel(CancellationTokenSource source) => Run.Shared.Options.Scheduler.LaunchCancel(source);

    public void Dispose()
    {
        Budget?.Dispose();

        // The sources stay: they hold nothing, and one that is disposed of while it cancels forgets the callbacks it has not called.
        _aborting.Unregister();
        if (Run.RunAborted.IsCancellationRequested)
        {
            // Whoever was left behind has to be told, even if the turn was quicker.
            Cancel(_ending);
        }

        Measure?.Dispose();
    }
}
