using AgentSessions.Core;
using AgentSessions.Core.Storage;

namespace AgentSessions.Gateway.Webhooks;

/// <summary>Events in the state store: those with deliveries that are not done, and those that are, for a replay.</summary>
internal sealed class WebhookStore(ISessionEngine engine, TimeProvider time)
{
    /// <summary>Events that are done.</summary>
    public const string DoneSpace = "webhook-log";

    /// <summary>Every pending event, the oldest first.</summary>
    public IAsyncEnumerable<StateEntry> ReadPendingAsync(string environment, int pageSize, CancellationToken cancellationToken) =>
        engine.State.ReadAllAsync(environment, WebhookOutbox.PendingSpace, "", pageSize, cancellationToken);

    /// <summary>A page of pending events, the oldest first.</summary>
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
        // First where it is: if it was deleted with its session while it was under way, nothing of it may be written anywhere.
        if (await engine.State.PutAsync(new StatePut(entry.Key, happened.ToJson(), entry.Owner), version, cancellationToken) is { } kept && happened.NextAt is null)
        {
            await MoveAsync(entry with { Version = kept }, DoneSpace, happened, expectedThere: null, cancellationToken);
        }
    }

    /// <summary>Makes every delivery of an event due again; one that is pending stays as it is. False if there is no such event.</summary>
    public async ValueTask<bool> ReplayAsync(string environment, string id, CancellationToken cancellationToken)
    {
        // The pending one first: for a moment, while it is moved, an event is in both spaces.
        var pending = new StateKey(environment, WebhookOutbox.PendingSpace, id);
        if (await engine.State.GetAsync(pending, cancellationToken) is not null)
        {
            return true;
        }

        if (await engine.State.GetAsync(pending with { Space = DoneSpace }, cancellationToken) is not { } done)
        {
            return false;
        }

        WebhookEvent happened = WebhookEvent.Read(done.Value);
        DateTimeOffset now = time.GetUtcNow();
        WebhookEvent again = happened with
        {
            LeasedUntil = null,
            Deliveries = happened.Deliveries.ToDictionary(static pair => pair.Key, _ => new WebhookDelivery { NextAt = now }),
        };
        return await MoveAsync(done, WebhookOutbox.PendingSpace, again, expectedThere: 0, cancellationToken);
    }

    /// <summary>Moves an event to another space, the new place first: it may be in both for a moment, never in none.</summary>
    /// <param name="from">Where it is.</param>
    /// <param name="space">Where to.</param>
    /// <param name="happened">What to put there.</param>
    /// <param name="expectedThere">0: if it is there already, somebody else moves it, and that is left to them. Null: it is replaced.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False if it was deleted with its session meanwhile; then it is not left in the new place either.</returns>
    private async ValueTask<bool> MoveAsync(StateEntry from, string space, WebhookEvent happened, long? expectedThere, CancellationToken cancellationToken)
    {
        StateKey target = from.Key with { Space = space };
        if (await engine.State.PutAsync(new StatePut(target, happened.ToJson(), from.Owner), expectedThere, cancellationToken) is not { } put
            || await engine.State.PutAsync(new StatePut(from.Key, Value: null), from.Version, cancellationToken) is not null)
        {
            return true;
        }

        await engine.State.PutAsync(new StatePut(target, Value: null), put, cancellationToken);
        return false;
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
