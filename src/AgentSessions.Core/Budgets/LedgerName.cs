using AgentSessions.Agents;

namespace AgentSessions.Core.Budgets;

/// <summary>The names of budgets in the store.</summary>
internal static class LedgerName
{
    /// <summary>A turn's own budget.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="input">The sequence of the turn's input.</param>
    public static string OfTurn(string sessionId, long input) => $"turn/{sessionId}/{input}";

    /// <summary>A session's budget.</summary>
    public static string OfSession(string sessionId) => $"session/{sessionId}";

    /// <summary>A user's budget of now.</summary>
    public static string OfUser(BudgetLimits limits, DateTimeOffset now, string user) => $"user/{BudgetState.PeriodName(limits.Period, now)}/{user}";

    /// <summary>An environment's budget of now.</summary>
    public static string OfEnvironment(BudgetLimits limits, DateTimeOffset now) => $"environment/{BudgetState.PeriodName(limits.Period, now)}";
}
