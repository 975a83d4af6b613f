using AgentSessions.Agents;
using AgentSessions.Core;
using AgentSessions.Core.Budgets;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Puffle.Settings;
using AgentSessions.Gateway.Puffle.Turns;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Console.Budgets;

/// <summary>Where budgets are kept, in the order in which they are listed.</summary>
internal sealed class BudgetSources(ISessionEngine engine, UnusedBudgets unused, RunBudget runs, IOptions<PuffleOptions> puffle, TimeProvider time)
{
    private const string EnvironmentScope = "environment";
    private const string UserScope = "user";
    private const string Runs = "runs";

    private static readonly (string Name, BudgetScope Scope)[] _narrow = [("session", BudgetScope.Session), ("turn", BudgetScope.Turn)];

    /// <summary>The sources of an environment.</summary>
    /// <param name="environment">The environment.</param>
    /// <param name="of">The beginning of a user's id; empty for all.</param>
    /// <param name="session">The id of a session, where that was asked for.</param>
    /// <param name="scope">One scope alone; empty for all that <paramref name="of"/> can name. Of an unknown one there are no sources.</param>
    public IReadOnlyList<BudgetSource> Of(string environment, string of, string? session, string scope)
    {
        BudgetSource[] all =
        [
            .. Wide(BudgetScope.Environment, EnvironmentScope, of: ""),
            new(EnvironmentScope, (_, _, cancellationToken) => unused.ReadEnvironmentAsync(environment, EnvironmentScope, cancellationToken)),
            .. Wide(BudgetScope.User, UserScope, of),
            new(UserScope, (after, limit, cancellationToken) => unused.ReadUsersAsync(environment, UserScope, of, after, limit, cancellationToken)),
            new(Runs, (after, limit, cancellationToken) => ReadRunsAsync(environment, of, after, limit, cancellationToken)),
            .. _narrow.SelectMany(one => BudgetState.Prefixes(one.Scope, time.GetUtcNow())
                .Select(prefix => Ledgers(environment, one.Name, of.Length == 0 ? prefix : prefix + (session ?? of)))),
        ];
        return [.. all.Where(source => scope.Length == 0 ? of.Length == 0 || source.Scope != EnvironmentScope : source.Scope == scope)];

        IEnumerable<BudgetSource> Wide(BudgetScope kind, string name, string of) =>
            BudgetState.Prefixes(kind, time.GetUtcNow()).Select(prefix => Ledgers(environment, name, prefix + of));
    }

    private BudgetSource Ledgers(string environment, string scope, string prefix) => new(scope, async (after, limit, cancellationToken) =>
    {
        IReadOnlyList<StateEntry> page = await engine.State.ListAsync(environment, BudgetState.Space, prefix, after, limit, cancellationToken);
        return new BudgetSourcePage(
            [.. page.Select(BudgetState.Read).Where(budget => budget.IsPresent(time.GetUtcNow())).Select(budget => BudgetRow.From(budget, scope))],
            page.Count,
            page.LastOrDefault()?.Key.Name);
    });

    private async ValueTask<BudgetSourcePage> ReadRunsAsync(string environment, string of, string? after, int limit, CancellationToken cancellationToken)
    {
        IReadOnlyList<(string User, int Started)> page = await runs.ListAsync(environment, of, after, limit, cancellationToken);
        IEnumerable<BudgetRow> rows = page.Where(static user => user.Started > 0).Select(user =>
            new BudgetRow(Runs, user.User, Period: null, [new BudgetRowAmount(Runs, puffle.Value.RunsPerWindow, user.Started, Reserved: 0)])
            {
                Window = puffle.Value.RunWindow,
            });
        return new BudgetSourcePage([.. rows], page.Count, page.LastOrDefault().User);
    }
}

/// <summary>Budgets of one kind.</summary>
/// <param name="Scope">Whose they are.</param>
/// <param name="ReadAsync">Reads the next ones after a name, at most so many.</param>
internal sealed record BudgetSource(string Scope, Func<string?, int, CancellationToken, ValueTask<BudgetSourcePage>> ReadAsync);

/// <summary>What was read of a source.</summary>
/// <param name="Rows">What is worth showing.</param>
/// <param name="Read">How many were read; fewer than asked for at the end.</param>
/// <param name="Last">The last name that was read.</param>
internal sealed record BudgetSourcePage(IReadOnlyList<BudgetRow> Rows, int Read, string? Last);
