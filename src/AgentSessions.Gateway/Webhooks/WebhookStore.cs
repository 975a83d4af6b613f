using AgentSessions.Core;
using AgentSessions.Core.Storage;

namespace AgentSessions.Gateway.Webhooks;

/// <summary>Events in the state store: those with deliveries that are not done, and those that are, for a replay.</summary>
internal sealed class WebhookStore(ISessionEngine engine, TimeProvider time)
{
    private const string DoneSpace = "webhook-log";

    /// <summary>Pending events, the oldest first.</summary>
    public ValueTask<IReadOnlyList<StateEntry>> ListPendingAsync(string environment, string? after, int limit, CancellationToken cancellationToken) =>
        engine.State.ListAsync(environment, WebhookOutbox.PendingSpace, "", after, limit, cancellationToken);

    /// <summary>Events that are done, the oldest first.</summary>
    public ValueTask<IReadOnlyList<StateEntry>> ListDoneAsync(string environment, string? after, int limit, CancellationToken cancellationToken) =>
        engine.State.ListAsync(environment, DoneSpace, "", after, limit, cancellationToken);

    /// <summary>Takes an event for a while, so that no other node sends it too.</summary>
    /// <returns>Its version then; null if somebody else has it.</returns>
    public ValueTask<long?> LeaseAsync(StateEntry entry, WebhookEvent happened, TimeSpan period, CancellationToken cancellationToken) => engine.State.PutAsync(
        new StatePut(entry.Key, (happened with { LeasedUntil = time.GetUtcNow() + period }).ToJson(), entry.Owner), entry.Version, cancellationToken);

    /// <summary>Keeps what the tries came to. An event that is done moves to the log.</summary>
    public async ValueTask KeepAsync(StateEntry entry, WebhookEvent happened, long version, CancellationToken cancellationToken)
    {
        if (happened.NextAt is not null)
        {
            await engine.State.PutAsync(new StatePut(entry.Key, happened.ToJson(), entry.Owner), version, cancellationToken);
            return;
        }

        // The log first: an event may be in both for a moment, never in none.
        await engine.State.PutAsync(
            new StatePut(entry.Key with { Space = DoneSpace }, happened.ToJson(), entry.Owner), expectedVersion: null, cancellationToken);
        await engine.State.PutAsync(new StatePut(entry.Key, Value: null), version, cancellationToken);
    }

    /// <summary>Makes every delivery of an event due again. False if there is no such event.</summary>
    public async ValueTask<bool> ReplayAsync(string environment, string id, CancellationToken cancellationToken)
    {
        var pending = new StateKey(environment, WebhookOutbox.PendingSpace, id);
        if (await engine.State.GetAsync(pending with { Space = DoneSpace }, cancellationToken) is not { } done)
        {
            return await engine.State.GetAsync(pending, cancellationToken) is not null;
        }

        WebhookEvent happened = WebhookEvent.Read(done.Value);
        DateTimeOffset now = time.GetUtcNow();
        WebhookEvent again = happened with
        {
            LeasedUntil = null,
            Deliveries = happened.Deliveries.ToDictionary(static pair => pair.Key, _ => new WebhookDelivery { NextAt = now }),
        };
        await engine.State.PutAsync(new StatePut(pending, again.ToJson(), done.Owner), expectedVersion: null, cancellationToken);
        await engine.State.PutAsync(new StatePut(done.Key, Value: null), done.Version, cancellationToken);
        return true;
    }

    /// <summary>Drops events that were done before a moment.</summary>
    public async ValueTask TrimAsync(string environment, DateTimeOffset before, CancellationToken cancellationToken)
    {
        const int page = 200;
        IReadOnlyList<StateEntry> oldest = await ListDoneAsync(environment, after: null, page, cancellationToken);
        foreach (StateEntry entry in oldest.TakeWhile(entry => WebhookEvent.Read(entry.Value).Timestamp < before))
        {
            await engine.State.PutAsync(new StatePut(entry.Key, Value: null), entry.Version, cancellationToken);
        }
    }
}
