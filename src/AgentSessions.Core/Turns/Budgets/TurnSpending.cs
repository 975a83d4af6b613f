using AgentSessions.Agents;
using AgentSessions.Core.Budgets;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Telemetry;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Turns.Budgets;

/// <summary>Everything one turn may not exceed: its own budget, its session's, its user's, its environment's, and those of the agents that called it.</summary>
/// <remarks>
/// 1 <see cref="OpenAsync"/> at the turn's beginning; 2 <see cref="ReserveAsync"/> before each model call and <see cref="SettleAsync"/> after it;
/// 3 <see cref="CountToolCallAsync"/> before each tool call; 4 <see cref="CloseAsync"/> at the turn's end. Time is added at each of them, and a
/// timer ends the turn when it runs out in between.
/// </remarks>
internal sealed class TurnSpending : IDisposable
{
    private readonly RunState _run;
    private readonly Action<BudgetExceededException> _end;
    private readonly LedgerStore _store;
    private readonly SemaphoreSlim _oneByOne = new(1, 1);
    private readonly ITimer _timer;
    private long _countedUntil;
    private int _holds;
    private (BudgetScope Scope, TimeSpan Limit)? _tightest;

    private TurnSpending(RunState run, IReadOnlyList<LedgerRef> ledgers, Action<BudgetExceededException> end)
    {
        _run = run;
        _end = end;
        Ledgers = ledgers;
        _store = new LedgerStore(run);
        _countedUntil = run.Shared.Time.GetTimestamp();
        _timer = run.Shared.Time.CreateTimer(static budget => ((TurnSpending)budget!).OnTimeOut(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What the turn counts against.</summary>
    public IReadOnlyList<LedgerRef> Ledgers { get; }

    /// <summary>The first thing that a budget refused; null for nothing.</summary>
    public BudgetExceededException? Refused { get; private set; }

    private BudgetOptions Options => _run.Shared.Budgets;

    private string SessionPrefix => $"{_run.SessionId}/";

    private string RunPrefix => $"{SessionPrefix}{_run.RunId}/";

    /// <summary>What a turn counts against; null if nothing limits it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="input">The sequence of the turn's input; -1 for none.</param>
    /// <param name="inherited">Names of the budgets of the turn that called this agent.</param>
    /// <param name="end">Ends the turn when its time runs out.</param>
    public static TurnSpending? Of(RunState run, long input, IReadOnlyList<string> inherited, Action<BudgetExceededException> end)
    {
        IReadOnlyList<LedgerRef> ledgers = LedgerRef.Of(run, input, inherited);
        return ledgers.Count == 0 ? null : new TurnSpending(run, ledgers, end);
    }

    /// <summary>Begins to count. From here on agents that the turn calls count against its budgets too.</summary>
    /// <exception cref="BudgetExceededException">One is used up already.</exception>
    public ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        _run.PassedOnBudgets = [.. Ledgers.Where(static ledger => ledger.IsInherited).Select(static ledger => ledger.Name)];
        return AddAsync(default, holdId: null, cancellationToken);
    }

    /// <summary>Reserves a model call, and bounds its output so that the reservation holds.</summary>
    /// <returns>What to settle with.</returns>
    /// <exception cref="BudgetExceededException">It would exceed a limit; it must not be made.</exception>
    public async ValueTask<ModelHold> ReserveAsync(
        IChatClient client, IReadOnlyList<ChatMessage> messages, ChatOptions options, CancellationToken cancellationToken)
    {
        options.MaxOutputTokens ??= Options.DefaultMaxOutputTokens;
        string? model = options.ModelId ?? (client.GetService(typeof(ChatClientMetadata)) as ChatClientMetadata)?.DefaultModelId;
        long input = TokenEstimate.Of(messages, options);
        var hold = new ModelHold($"{RunPrefix}{Interlocked.Increment(ref _holds)}", PriceOf(model), input);
        await AddAsync(new Amounts(input + options.MaxOutputTokens.Value, hold.Price?.Of(input, 0, options.MaxOutputTokens.Value) ?? 0), hold.Id, cancellationToken);
        return hold;
    }

    /// <summary>Replaces a reservation by what the call used.</summary>
    /// <param name="hold">The reservation.</param>
    /// <param name="usage">What the model reported; what is missing is estimated.</param>
    /// <param name="outputText">About how many tokens were seen of the answer.</param>
    public async ValueTask SettleAsync(ModelHold hold, UsageDetails usage, long outputText)
    {
        Amounts used = Of(hold.Price, usage, usage.InputTokenCount ?? hold.Input, usage.OutputTokenCount ?? outputText);
        long elapsed = TakeElapsed();
        foreach (LedgerRef ledger in Ledgers)
        {
            await _store.ChangeAsync(ledger, stored => stored.Settle(hold.Id, used + Time(ledger, elapsed)), _run.RunAborted);
        }
    }

    /// <summary>Counts what a stream of the author's own has used.</summary>
    public async ValueTask CountAsync(UsageDetails usage, string? model)
    {
        Amounts used = Of(PriceOf(model), usage, usage.InputTokenCount ?? 0, usage.OutputTokenCount ?? 0);
        long elapsed = TakeElapsed();
        foreach (LedgerRef ledger in Ledgers)
        {
            await _store.ChangeAsync(ledger, stored => stored.Add(used + Time(ledger, elapsed), holdId: null), _run.RunAborted);
        }
    }

    /// <summary>Counts a tool call that is about to be made.</summary>
    /// <exception cref="BudgetExceededException">It would exceed a limit; it must not be made.</exception>
    public ValueTask CountToolCallAsync(CancellationToken cancellationToken) => AddAsync(new Amounts(ToolCalls: 1), holdId: null, cancellationToken);

    /// <summary>Counts the rest of the turn's time. What cannot be stored then is not counted: the turn is over.</summary>
    public async ValueTask CloseAsync()
    {
        await _timer.DisposeAsync();
        long elapsed = TakeElapsed();
        foreach (LedgerRef ledger in Ledgers.Where(ledger => ledger.CountsTime && elapsed > 0))
        {
            await _store.ChangeAsync(ledger, stored => stored.Add(Time(ledger, elapsed), holdId: null), _run.RunAborted);
        }
    }

    /// <summary>The removal of the turn's own budget, for the commit of its boundary.</summary>
    public IReadOnlyList<Storage.StatePut> Removal => Ledgers[0] is { Scope: BudgetScope.Turn, Limits: not null } own
        ? [new Storage.StatePut(_store.Key(own.Name), Value: null)]
        : [];

    public void Dispose()
    {
        _timer.Dispose();
        _oneByOne.Dispose();
    }

    private static Amounts Time(LedgerRef ledger, long elapsed) => new(WallMilliseconds: ledger.CountsTime ? elapsed : 0);

    private static Amounts Of(TokenPrice? price, UsageDetails usage, long input, long output) => new(
        usage.InputTokenCount is null && usage.OutputTokenCount is null ? Math.Max(usage.TotalTokenCount ?? 0, input + output) : input + output,
        price?.Of(input, usage.CachedInputTokenCount ?? 0, output) ?? 0);

    /// <summary>Adds to all budgets or to none.</summary>
    private async ValueTask AddAsync(Amounts amounts, string? holdId, CancellationToken cancellationToken)
    {
        await _oneByOne.WaitAsync(cancellationToken);
        try
        {
            long elapsed = TakeElapsed();
            _tightest = null;
            TimeSpan? remaining = null;
            for (int i = 0; i < Ledgers.Count; i++)
            {
                LedgerRef ledger = Ledgers[i];
                Ledger? stored;
                try
                {
                    stored = await AddAsync(ledger, amounts, elapsed, holdId, cancellationToken);
                }
                catch (BudgetExceededException exceeded)
                {
                    OnRefused(exceeded);
                    await UndoAsync(i, amounts, holdId);
                    throw;
                }

                Measure(ledger, stored);
                if (TimeLeft(ledger, stored) is { } time && (remaining is null || time < remaining))
                {
                    (remaining, _tightest) = (time, (ledger.Scope, stored!.Limits.WallTime!.Value));
                }
            }

            // A turn that lasts for longer than a timer can wait comes by here again before.
            _timer.Change(remaining is { } left && left <= TimedWait.Longest ? left : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
        finally
        {
            _oneByOne.Release();
        }
    }

    private ValueTask<Ledger?> AddAsync(LedgerRef ledger, Amounts amounts, long elapsed, string? holdId, CancellationToken cancellationToken) =>
        _store.ChangeAsync(
            ledger,
            before =>
            {
                Ledger folded = before.Fold(SessionPrefix, RunPrefix).Add(Time(ledger, elapsed), holdId: null);
                folded.Require(ledger.Scope, amounts);
                return folded.Add(amounts, holdId);
            },
            cancellationToken);

    /// <summary>How long the turn may go on by this budget; null if it says nothing about the turn's time.</summary>
    private static TimeSpan? TimeLeft(LedgerRef ledger, Ledger? stored) => ledger.CountsTime && stored?.Limits.WallTime is { } limit
        ? limit - TimeSpan.FromMilliseconds(stored.Total().WallMilliseconds)
        : null;

    private async ValueTask UndoAsync(int count, Amounts amounts, string? holdId)
    {
        Amounts back = new(-amounts.Tokens, -amounts.Money, 0, -amounts.ToolCalls);
        foreach (LedgerRef ledger in Ledgers.Take(count))
        {
            await _store.ChangeAsync(ledger, stored => holdId is null ? stored.Add(back, null) : stored.Settle(holdId, default), _run.RunAborted);
        }
    }

    private void OnTimeOut()
    {
        if (_tightest is { } tightest)
        {
            decimal limit = (decimal)tightest.Limit.TotalMilliseconds;
            var exceeded = new BudgetExceededException(tightest.Scope, BudgetKind.WallTime, limit, limit);
            OnRefused(exceeded);
            _end(exceeded);
        }
    }

    private void OnRefused(BudgetExceededException exceeded)
    {
        Refused ??= exceeded;
        AgentMetrics.BudgetRefused(BudgetExceededException.Name(exceeded.Scope), BudgetExceededException.Name(exceeded.Kind));
    }

    /// <summary>How much of its limits a budget has used or reserved.</summary>
    private static void Measure(LedgerRef ledger, Ledger? stored)
    {
        if (stored is null || !AgentMetrics.MeasuresBudgets)
        {
            return;
        }

        Amounts total = stored.Total();
        Share(BudgetKind.Tokens, stored.Limits.Tokens, total.Tokens);
        Share(BudgetKind.Money, stored.Limits.Money, total.Money);
        Share(BudgetKind.WallTime, (decimal?)stored.Limits.WallTime?.TotalMilliseconds, total.WallMilliseconds);
        Share(BudgetKind.ToolCalls, stored.Limits.ToolCalls, total.ToolCalls);

        void Share(BudgetKind kind, decimal? limit, decimal used)
        {
            if (limit > 0)
            {
                AgentMetrics.BudgetUsed(BudgetExceededException.Name(ledger.Scope), BudgetExceededException.Name(kind), (double)(used / limit.Value));
            }
        }
    }

    private long TakeElapsed()
    {
        long now = _run.Shared.Time.GetTimestamp();
        long before = Interlocked.Exchange(ref _countedUntil, now);
        return (long)_run.Shared.Time.GetElapsedTime(before, now).TotalMilliseconds;
    }

    private TokenPrice? PriceOf(string? model)
    {
        if (model is not null && Options.Prices.TryGetValue(model, out TokenPrice? price))
        {
            return price;
        }

        return Options.Prices.TryGetValue(BudgetOptions.AnyModel, out TokenPrice? any) ? any
            : Ledgers.Any(ledger => ledger.Limits is { } limits ? limits.Money is not null : Options.Prices.Count > 0)
                ? throw new InvalidOperationException($"There is a budget of money but no price for the model '{model}'. Set {BudgetOptions.Section}:Prices.")
                : null;
    }
}

/// <summary>A model call that is reserved.</summary>
/// <param name="Id">The reservation's name.</param>
/// <param name="Price">What its tokens cost; null if it was not said.</param>
/// <param name="Input">About how many input tokens it has.</param>
internal sealed record ModelHold(string Id, TokenPrice? Price, long Input);
