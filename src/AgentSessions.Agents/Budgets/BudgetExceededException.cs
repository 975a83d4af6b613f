using System.Globalization;

namespace AgentSessions.Agents;

/// <summary>Whose budget it is.</summary>
public enum BudgetScope
{
    /// <summary>A turn's.</summary>
    Turn,

    /// <summary>A session's.</summary>
    Session,

    /// <summary>A user's.</summary>
    User,

    /// <summary>An environment's.</summary>
    Environment,
}

/// <summary>What a budget limits.</summary>
public enum BudgetKind
{
    /// <summary>Tokens of model calls.</summary>
    Tokens,

    /// <summary>Money for model calls.</summary>
    Money,

    /// <summary>Milliseconds that turns run.</summary>
    WallTime,

    /// <summary>Tool calls.</summary>
    ToolCalls,
}

/// <summary>What was about to begin would exceed a budget; it was not begun, and the turn ends.</summary>
/// <remarks>Readers get it as a <c>data-budget-exceeded</c> part with these four fields, followed by the error.</remarks>
/// <param name="scope">Whose budget.</param>
/// <param name="kind">What of it.</param>
/// <param name="limit">The limit: tokens, money, milliseconds or calls.</param>
/// <param name="used">What is used or reserved by now, in the same unit.</param>
public sealed class BudgetExceededException(BudgetScope scope, BudgetKind kind, decimal limit, decimal used)
    : AgentUserException(string.Create(
        CultureInfo.InvariantCulture, $"budget-exceeded: the {Name(kind)} budget of this {Name(scope)} is used up (limit {limit}, used or reserved {used})."))
{
    /// <summary>Whose budget.</summary>
    public BudgetScope Scope { get; } = scope;

    /// <summary>What of it.</summary>
    public BudgetKind Kind { get; } = kind;

    /// <summary>The limit: tokens, money, milliseconds or calls.</summary>
    public decimal Limit { get; } = limit;

    /// <summary>What is used or reserved by now, in the same unit.</summary>
    public decimal Used { get; } = used;

    internal static string Name(BudgetScope scope) => scope switch
    {
        BudgetScope.Turn => "turn",
        BudgetScope.Session => "session",
        BudgetScope.User => "user",
        BudgetScope.Environment => "environment",
        _ => throw new ArgumentOutOfRangeException(nameof(scope), scope, null),
    };

    internal static string Name(BudgetKind kind) => kind switch
    {
        BudgetKind.Tokens => "tokens",
        BudgetKind.Money => "money",
        BudgetKind.WallTime => "wall-time",
        BudgetKind.ToolCalls => "tool-calls",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
