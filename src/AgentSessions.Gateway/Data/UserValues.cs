using System.Text.Json;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Documents;
using AgentSessions.Gateway.Naming;
using AgentSessions.Gateway.Permissions;
using AgentSessions.Gateway.Puffle.Turns;
using AgentSessions.Gateway.Webhooks;

namespace AgentSessions.Gateway.Data;

/// <summary>Removes what is kept of a user beside their sessions: rules, documents, counts, the list of their runs, and events about their budgets.</summary>
internal static class UserValues
{
    // Spaces whose names begin with the name of the user's id.
    private static readonly string[] _hashedSpaces = [PermissionRules.Space, DocumentStore.Space, DocumentStore.ContentSpace];

    /// <returns>How many values it removed.</returns>
    public static async Task<int> RemoveAsync(IStateStore state, string environment, string userId, CancellationToken cancellationToken)
    {
        string escaped = Uri.EscapeDataString(userId);
        int removed = 0;
        foreach (string space in _hashedSpaces)
        {
            removed += await RemoveAsync(state, environment, space, StateName.Prefix(userId), static _ => true, cancellationToken);
        }

        removed += await RemoveAsync(state, environment, PendingCalls.Space, escaped + "/", static _ => true, cancellationToken);
        removed += await RemoveAsync(state, environment, RunBudget.Space, userId, entry => entry.Key.Name == userId, cancellationToken);

        // In this order: an event that is delivered meanwhile moves on to the next.
        foreach (string space in new[] { WebhookOutbox.PendingSpace, WebhookStore.WaitingSpace, WebhookStore.DoneSpace })
        {
            removed += await RemoveAsync(state, environment, space, "", entry => IsEventOf(entry, userId), cancellationToken);
        }

        return removed + await RemoveAsync(state, environment, RunStore.Space, "", entry => IsRunOf(entry, userId), cancellationToken);
    }

    private static bool IsRunOf(StateEntry entry, string userId) =>
        JsonElement.Parse(entry.Value.Span).TryGetProperty("userId", out JsonElement user) && user.ValueEquals(userId);

    /// <summary>Events of sessions are deleted with those.</summary>
    private static bool IsEventOf(StateEntry entry, string userId) =>
        entry.Owner is null && WebhookEvent.Read(entry.Value).Data["userId"]?.GetValue<string>() == userId;

    private static async Task<int> RemoveAsync(
        IStateStore state, string environment, string space, string prefix, Func<StateEntry, bool> isTheirs, CancellationToken cancellationToken)
    {
        int removed = 0;
        await foreach (StateEntry entry in state.ReadAllAsync(environment, space, prefix, cancellationToken: cancellationToken))
        {
            if (isTheirs(entry))
            {
                await state.PutAsync(new StatePut(entry.Key, Value: null), expectedVersion: null, cancellationToken);
                removed++;
            }
        }

        return removed;
    }
}
