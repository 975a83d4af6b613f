namespace AgentSessions.Agents;

/// <summary>The most that a turn, a session, a user or an environment may use. What is null is not limited.</summary>
public sealed record BudgetLimits
{
    /// <summary>Input and output tokens together, cached ones included.</summary>
    public long? Tokens { get; set; }

    /// <summary>Money in the currency of <see cref="BudgetOptions.Prices"/>. Every model that is called needs a price then.</summary>
    public decimal? Money { get; set; }

    /// <summary>Time that turns run, waits between turns left out. What sub-agents take runs within their parent's turn and is not added to it.</summary>
    public TimeSpan? WallTime { get; set; }

    /// <summary>Tool calls that are executed.</summary>
    public int? ToolCalls { get; set; }

    /// <summary>After what time a user's or the environment's budget begins anew, in UTC. Default: never. Without effect on turns and sessions.</summary>
    public BudgetPeriod Period { get; set; }

    internal bool IsUnlimited => Tokens is null && Money is null && WallTime is null && ToolCalls is null;

    /// <summary>The stricter of two, limit by limit.</summary>
    internal static BudgetLimits Stricter(BudgetLimits first, BudgetLimits? second) => second is null ? first : new BudgetLimits
    {
        Tokens = Least(first.Tokens, second.Tokens),
        Money = Least(first.Money, second.Money),
        WallTime = Least(first.WallTime, second.WallTime),
        ToolCalls = Least(first.ToolCalls, second.ToolCalls),
        Period = first.Period,
    };

    private static T? Least<T>(T? first, T? second)
        where T : struct, IComparable<T> => first is not { } one ? second : second is not { } other || one.CompareTo(other) <= 0 ? first : second;
}

/// <summary>After what time a budget begins anew.</summary>
public enum BudgetPeriod
{
    /// <summary>Never.</summary>
    Forever,

    /// <summary>At midnight UTC.</summary>
    Day,

    /// <summary>On the first of the month, at midnight UTC.</summary>
    Month,
}
