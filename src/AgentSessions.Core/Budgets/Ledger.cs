using System.Text.Json;
using AgentSessions.Agents;

namespace AgentSessions.Core.Budgets;

/// <summary>What is stored of one budget: its limits, what was used, and what is reserved for calls that are under way.</summary>
/// <remarks>
/// A reservation whose run died stays counted: the call may have cost all of it. Its session's next turn turns it into use.
/// </remarks>
internal sealed record Ledger
{
    public BudgetLimits Limits { get; init; } = new();

    public Amounts Used { get; init; }

    public IReadOnlyDictionary<string, Amounts> Held { get; init; } = new Dictionary<string, Amounts>();

    public static Ledger Read(ReadOnlyMemory<byte> json) => JsonSerializer.Deserialize<Ledger>(json.Span, JsonSerializerOptions.Web)!;

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web);

    /// <summary>Used and reserved.</summary>
    public Amounts Total() => Held.Values.Aggregate(Used, static (sum, held) => sum + held);

    /// <summary>The budget with an amount added.</summary>
    /// <param name="holdId">Reserved under this name; null for used.</param>
    public Ledger Add(Amounts amounts, string? holdId) => holdId is null
        ? this with { Used = Used + amounts }
        : this with { Held = new Dictionary<string, Amounts>(Held) { [holdId] = amounts } };

    /// <summary>Replaces a reservation by what was used.</summary>
    public Ledger Settle(string holdId, Amounts used)
    {
        var held = new Dictionary<string, Amounts>(Held);
        held.Remove(holdId);
        return this with { Held = held, Used = Used + used };
    }

    /// <summary>Counts reservations as used that a session's earlier runs left.</summary>
    public Ledger Fold(string sessionPrefix, string runPrefix)
    {
        KeyValuePair<string, Amounts>[] left = [.. Held.Where(hold =>
            hold.Key.StartsWith(sessionPrefix, StringComparison.Ordinal) && !hold.Key.StartsWith(runPrefix, StringComparison.Ordinal))];
        return left.Aggregate(this, static (ledger, hold) => ledger.Settle(hold.Key, hold.Value));
    }

    /// <summary>Refuses what would exceed a limit.</summary>
    /// <exception cref="BudgetExceededException">It would.</exception>
    public void Require(BudgetScope scope, Amounts more)
    {
        Amounts total = Total();
        Check(BudgetKind.Tokens, Limits.Tokens, total.Tokens, more.Tokens);
        Check(BudgetKind.Money, Limits.Money, total.Money, more.Money);
        Check(BudgetKind.ToolCalls, Limits.ToolCalls, total.ToolCalls, more.ToolCalls);
        if (Limits.WallTime is { } time && total.WallMilliseconds + more.WallMilliseconds >= time.TotalMilliseconds)
        {
            throw new BudgetExceededException(scope, BudgetKind.WallTime, (decimal)time.TotalMilliseconds, total.WallMilliseconds + more.WallMilliseconds);
        }

        void Check(BudgetKind kind, decimal? limit, decimal used, decimal wanted)
        {
            if (limit is { } most && wanted > 0 && used + wanted > most)
            {
                throw new BudgetExceededException(scope, kind, most, used);
            }
        }
    }
}
