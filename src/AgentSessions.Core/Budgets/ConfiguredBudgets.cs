using AgentSessions.Agents;

namespace AgentSessions.Core.Budgets;

/// <summary>Budgets that everybody has by configuration, as they stand before the first call counts against them.</summary>
public sealed class ConfiguredBudgets(BudgetOptions options, TimeProvider time)
{
    /// <summary>The environment's, by its name in the <see cref="BudgetState.Space"/>; null if it is not limited.</summary>
    public (string Name, BudgetState Budget)? OfEnvironment() => Unused(options.Environment, user: null);

    /// <summary>A user's, by its name in the <see cref="BudgetState.Space"/>; null if users are not limited.</summary>
    public (string Name, BudgetState Budget)? OfUser(string user) => Unused(options.User, user);

    private (string Name, BudgetState Budget)? Unused(BudgetLimits limits, string? user)
    {
        if (limits.IsUnlimited)
        {
            return null;
        }

        DateTimeOffset now = time.GetUtcNow();
        string name = user is null ? LedgerName.OfEnvironment(limits, now) : LedgerName.OfUser(limits, now, user);
        return (name, BudgetState.From(name, new Ledger { Limits = limits }, owner: null));
    }
}
