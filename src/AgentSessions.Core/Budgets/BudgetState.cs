using System.Globalization;
using AgentSessions.Agents;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;

namespace AgentSessions.Core.Budgets;

/// <summary>A budget as operators see it: what it limits, and what is gone of it.</summary>
/// <param name="Scope">Whose it is.</param>
/// <param name="Of">The user's id, or the id of the session; null for an environment's.</param>
/// <param name="Period">The day or month (UTC) it is for, such as <c>2026-11-21</c>; null for one that never begins anew.</param>
/// <param name="Amounts">What is limited.</param>
public sealed record BudgetState(BudgetScope Scope, string? Of, string? Period, IReadOnlyList<BudgetAmount> Amounts)
{
    /// <summary>The values in the <see cref="IStateStore"/> that are budgets.</summary>
    public const string Space = "budgets";

    private const string Forever = "all";

    /// <summary>The session a session's or turn's budget is deleted with.</summary>
    public SessionKey? Session { get; init; }

    /// <summary>What the names of a scope's budgets start with. Users' of earlier days and months, which may be very many, are left out.</summary>
    public static IReadOnlyList<string> Prefixes(BudgetScope scope, DateTimeOffset now) => scope switch
    {
        BudgetScope.Turn => ["turn/"],
        BudgetScope.Session => ["session/"],
        BudgetScope.User => [.. Periods(now).Select(static period => $"user/{period}/")],
        BudgetScope.Environment => ["environment/"],
        _ => throw new ArgumentOutOfRangeException(nameof(scope), scope, null),
    };

    /// <summary>Whether something may still count against it: its day or month is not over.</summary>
    public bool IsPresent(DateTimeOffset now) => Period is null || Periods(now).Contains(Period);

    /// <summary>Reads a value of <see cref="Space"/>.</summary>
    public static BudgetState Read(StateEntry entry) => From(entry.Key.Name, Ledger.Read(entry.Value), entry.Owner);

    /// <summary>What a ledger of this name tells.</summary>
    internal static BudgetState From(string ledgerName, Ledger ledger, SessionKey? owner)
    {
        string[] name = ledgerName.Split('/', 3);
        IReadOnlyList<BudgetAmount> amounts = AmountsOf(ledger);
        return name[0] switch
        {
            "turn" => new BudgetState(BudgetScope.Turn, name[1], Period: null, amounts) { Session = owner },
            "session" => new BudgetState(BudgetScope.Session, name[1], Period: null, amounts) { Session = owner },
            "user" => new BudgetState(BudgetScope.User, name[2], PeriodOf(name[1]), amounts),
            "environment" => new BudgetState(BudgetScope.Environment, Of: null, PeriodOf(name[1]), amounts),
            _ => throw new StoreDamagedException($"There is a budget of an unknown kind: {name[0]}"),
        };
    }

    /// <summary>How a period is named in a budget's name.</summary>
    internal static string PeriodName(BudgetPeriod period, DateTimeOffset now) => period switch
    {
        BudgetPeriod.Forever => Forever,
        BudgetPeriod.Day => now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        BudgetPeriod.Month => now.ToString("yyyy-MM", CultureInfo.InvariantCulture),
        _ => throw new ArgumentOutOfRangeException(nameof(period), period, null),
    };

    private static IEnumerable<string> Periods(DateTimeOffset now) => Enum.GetValues<BudgetPeriod>().Select(period => PeriodName(period, now));

    private static string? PeriodOf(string name) => name == Forever ? null : name;

    private static List<BudgetAmount> AmountsOf(Ledger ledger)
    {
        Amounts used = ledger.Used;
        Amounts held = ledger.Held.Values.Aggregate(default(Amounts), static (sum, held) => sum + held);
        var amounts = new List<BudgetAmount>();
        Add(BudgetKind.Tokens, ledger.Limits.Tokens, used.Tokens, held.Tokens);
        Add(BudgetKind.Money, ledger.Limits.Money, used.Money, held.Money);
        Add(BudgetKind.WallTime, (decimal?)ledger.Limits.WallTime?.TotalMilliseconds, used.WallMilliseconds, held.WallMilliseconds);
        Add(BudgetKind.ToolCalls, ledger.Limits.ToolCalls, used.ToolCalls, held.ToolCalls);
        return amounts;

        void Add(BudgetKind kind, decimal? limit, decimal used, decimal held)
        {
            if (limit is { } most)
            {
                amounts.Add(new BudgetAmount(kind, most, used, held));
            }
        }
    }
}

/// <summary>One thing that a budget limits, in tokens, money, milliseconds or calls.</summary>
/// <param name="Kind">What.</param>
/// <param name="Limit">The most.</param>
/// <param name="Used">What was used.</param>
/// <param name="Reserved">What calls that are under way may use at most.</param>
public sealed record BudgetAmount(BudgetKind Kind, decimal Limit, decimal Used, decimal Reserved);
