using System.Text.Json;
using AgentSessions.Agents;
using AgentSessions.Core.Budgets;

namespace AgentSessions.Gateway.Console.Budgets;

/// <summary>A budget as the console lists it.</summary>
/// <param name="Scope"><c>environment</c>, <c>user</c>, <c>runs</c>, <c>session</c> or <c>turn</c>.</param>
/// <param name="Of">The user, or the session by the id it is addressed with; null for an environment's.</param>
/// <param name="Period">The day or month it is for; null for one that never begins anew.</param>
/// <param name="Amounts">What is limited.</param>
internal sealed record BudgetRow(string Scope, string? Of, string? Period, IReadOnlyList<BudgetRowAmount> Amounts)
{
    /// <summary>The time that counts back from now; null for a budget that does not roll.</summary>
    public TimeSpan? Window { get; init; }

    public static BudgetRow From(BudgetState budget, string scope) =>
        new(scope, budget.Session?.Key ?? budget.Of, budget.Period, [.. budget.Amounts.Select(static amount =>
            new BudgetRowAmount(KindName(amount.Kind), amount.Limit, amount.Used, amount.Reserved))]);

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("scope"u8, Scope);
        json.WriteString("of"u8, Of);
        json.WriteString("period"u8, Period);
        if (Window is { } window)
        {
            json.WriteNumber("windowSeconds"u8, window.TotalSeconds);
        }

        json.WriteBoolean("isExhausted"u8, Amounts.Any(static amount => amount.Remaining <= 0));
        json.WriteStartArray("amounts"u8);
        foreach (BudgetRowAmount amount in Amounts)
        {
            json.WriteStartObject();
            json.WriteString("kind"u8, amount.Kind);
            json.WriteNumber("limit"u8, amount.Limit);
            json.WriteNumber("used"u8, amount.Used);
            json.WriteNumber("reserved"u8, amount.Reserved);
            json.WriteNumber("remaining"u8, Math.Max(0, amount.Remaining));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string KindName(BudgetKind kind) => kind switch
    {
        BudgetKind.Tokens => "tokens",
        BudgetKind.Money => "money",
        BudgetKind.WallTime => "wall-time",
        BudgetKind.ToolCalls => "tool-calls",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}

/// <summary>One limit: tokens, money, milliseconds, calls or runs.</summary>
/// <param name="Kind">What is limited.</param>
/// <param name="Limit">The most.</param>
/// <param name="Used">What was used.</param>
/// <param name="Reserved">What is under way and may be used at most.</param>
internal sealed record BudgetRowAmount(string Kind, decimal Limit, decimal Used, decimal Reserved)
{
    public decimal Remaining => Limit - Used - Reserved;
}
