using System.Text;
using AgentSessions.Core;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Naming;
using AgentSessions.Gateway.Users;

namespace AgentSessions.Gateway.Permissions;

/// <summary>The tool calls that users have allowed once and for all. Each rule is a value of its own, so that no two writers meet.</summary>
internal sealed class PermissionRules(ISessionEngine engine)
{
    /// <summary>How long a rule may be, in characters.</summary>
    public const int MaxLength = 1024;

    /// <summary>How many rules a user may have; more are not kept.</summary>
    public const int MaxCount = 1000;

    internal const string Space = "permission-rules";

    /// <summary>The user's rules in the order of their text.</summary>
    public async ValueTask<IReadOnlyList<string>> ListAsync(GatewayUser user, CancellationToken cancellationToken) =>
        await ListAsync(user.Environment, user.Id, cancellationToken);

    /// <summary>Saves a rule; a rule that is there already stays.</summary>
    public async ValueTask AddAsync(GatewayUser user, string pattern, CancellationToken cancellationToken)
    {
        if ((await ListAsync(user, cancellationToken)).Count < MaxCount)
        {
            await engine.State.PutAsync(new StatePut(KeyOf(user, pattern), Encoding.UTF8.GetBytes(pattern)), expectedVersion: null, cancellationToken);
        }
    }

    /// <summary>Withdraws a rule, if it is there.</summary>
    public async ValueTask RemoveAsync(GatewayUser user, string pattern, CancellationToken cancellationToken) =>
        await engine.State.PutAsync(new StatePut(KeyOf(user, pattern), Value: null), expectedVersion: null, cancellationToken);

    /// <summary>Whether one of a user's rules allows a call.</summary>
    public async ValueTask<bool> AllowAsync(
        string environment, string userId, string tool, System.Text.Json.JsonElement? input, CancellationToken cancellationToken) =>
        (await ListAsync(environment, userId, cancellationToken)).Any(rule => PermissionPattern.Parse(rule).Allows(tool, input));

    private async ValueTask<IReadOnlyList<string>> ListAsync(string environment, string userId, CancellationToken cancellationToken)
    {
        IReadOnlyList<StateEntry> entries = await engine.State.ListAsync(
            environment, Space, StateName.Prefix(userId), after: null, MaxCount, cancellationToken);
        return [.. entries.Select(static entry => Encoding.UTF8.GetString(entry.Value.Span)).Order(StringComparer.Ordinal)];
    }

    private static StateKey KeyOf(GatewayUser user, string pattern) =>
        new(user.Environment, Space, StateName.Prefix(user.Id) + StateName.Of(pattern));
}
