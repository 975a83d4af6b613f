namespace AgentSessions.Core.Budgets;

/// <summary>What was used, or is about to be.</summary>
internal readonly record struct Amounts(long Tokens = 0, decimal Money = 0, long WallMilliseconds = 0, int ToolCalls = 0)
{
    public static Amounts operator +(Amounts left, Amounts right) => new(
        left.Tokens + right.Tokens, left.Money + right.Money, left.WallMilliseconds + right.WallMilliseconds, left.ToolCalls + right.ToolCalls);
}
