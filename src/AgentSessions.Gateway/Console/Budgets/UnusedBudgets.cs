using AgentSessions.Core;
using AgentSessions.Core.Budgets;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Users;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Console.Budgets;

/// <summary>
/// Budgets that are configured and that nothing has counted against yet: the environment's, and those of the configured users. A process that
/// runs no agents knows of none.
/// </summary>
internal sealed class UnusedBudgets(ISessionEngine engine, IEnumerable<ConfiguredBudgets> configured, IOptions<UsersOptions> users)
{
    /// <summary>The environment's, unless it is in use.</summary>
    public async ValueTask<BudgetSourcePage> ReadEnvironmentAsync(string environment, string scope, CancellationToken cancellationToken)
    {
        BudgetRow? row = await RowAsync(environment, scope, configured.FirstOrDefault()?.OfEnvironment(), cancellationToken);
        return new BudgetSourcePage(row is null ? [] : [row], Read: 0, Last: null);
    }

    /// <summary>Those of users that have used nothing, in the order of their ids.</summary>
    public async ValueTask<BudgetSourcePage> ReadUsersAsync(
        string environment, string scope, string of, string? after, int limit, CancellationToken cancellationToken)
    {
        string[] page =
        [
            .. users.Value.Users.Where(user => user.Environment == environment).Select(static user => user.Id).OfType<string>()
                .Where(id => id.StartsWith(of, StringComparison.Ordinal) && string.CompareOrdinal(id, after) > 0)
                .Distinct().Order(StringComparer.Ordinal).Take(limit),
        ];
        var rows = new List<BudgetRow>();
        foreach (string user in page)
        {
            if (await RowAsync(environment, scope, configured.FirstOrDefault()?.OfUser(user), cancellationToken) is { } row)
            {
                rows.Add(row);
            }
        }

        return new BudgetSourcePage(rows, page.Length, page.LastOrDefault());
    }

    private async ValueTask<BudgetRow?> RowAsync(
        string environment, string scope, (string Name, BudgetState Budget)? unused, CancellationToken cancellationToken) =>
        unused is { } one && await engine.State.GetAsync(new StateKey(environment, BudgetState.Space, one.Name), cancellationToken) is null
            ? BudgetRow.From(one.Budget, scope)
            : null;
}
