using AgentSessions.Agents;
using AgentSessions.Core.Budgets;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.State;

namespace AgentSessions.Core.Turns.Budgets;

/// <summary>A budget that a turn counts against.</summary>
/// <param name="Name">Its name in the store.</param>
/// <param name="Scope">Whose it is.</param>
/// <param name="Limits">Its limits; null for a parent's, which are stored with it.</param>
/// <param name="CountsTime">Whether the turn's time counts. A sub-agent's does not where its parent's does already.</param>
internal sealed record LedgerRef(string Name, BudgetScope Scope, BudgetLimits? Limits, bool CountsTime)
{
    /// <summary>The budgets of a turn, the narrowest first; always in this order, so that a refused reservation is undone the same way everywhere.</summary>
    /// <param name="run">The run.</param>
    /// <param name="input">The sequence of the turn's input.</param>
    /// <param name="inherited">Names of the budgets of the turn that called this agent.</param>
    public static IReadOnlyList<LedgerRef> Of(RunState run, long input, IReadOnlyList<string> inherited)
    {
        BudgetOptions budgets = run.Shared.Budgets;
        DateTimeOffset now = run.Shared.Time.GetUtcNow();
        bool isChild = inherited.Count > 0;
        var all = new List<LedgerRef>();
        Add(LedgerName.OfTurn(run.SessionId, input), BudgetScope.Turn, BudgetLimits.Stricter(budgets.Turn, run.Options.TurnBudget), countsTime: true);
        Add(LedgerName.OfSession(run.SessionId), BudgetScope.Session, BudgetLimits.Stricter(budgets.Session, run.Options.SessionBudget), countsTime: true);
        all.AddRange(inherited.Select(static name => new LedgerRef(name, ScopeOf(name), null, CountsTime: false)));
        if (SessionUser.IdOf(run.Start.Session) is { } user)
        {
            Add(LedgerName.OfUser(budgets.User, now, user), BudgetScope.User, budgets.User, !isChild);
        }

        Add(LedgerName.OfEnvironment(budgets.Environment, now), BudgetScope.Environment, budgets.Environment, !isChild);
        return all;

        void Add(string name, BudgetScope scope, BudgetLimits limits, bool countsTime)
        {
            if (!limits.IsUnlimited)
            {
                all.Add(new LedgerRef(name, scope, limits, countsTime));
            }
        }
    }

    /// <summary>Whether a sub-agent counts against it too. What belongs to the user and the environment it has of its own.</summary>
    public bool IsInherited => Scope is BudgetScope.Turn or BudgetScope.Session;

    /// <summary>Whether it is deleted with the run's session.</summary>
    public bool IsOwned => IsInherited && Limits is not null;

    private static BudgetScope ScopeOf(string name) => name.StartsWith("turn/", StringComparison.Ordinal) ? BudgetScope.Turn : BudgetScope.Session;
}
