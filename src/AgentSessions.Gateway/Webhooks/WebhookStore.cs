using System.Globalization;
using System.Runtime.CompilerServices;
using AgentSessions.Core;
using AgentSessions.Core.Storage;

namespace AgentSessions.Gateway.Webhooks;

/// <summary>Events in the state store: those with deliveries that are not done, and those that are, for a replay.</summary>
/// <remarks>
/// An event that waits for a later try is not among the others, so that a look reads what is due and not what an endpoint's absence has piled up. An
/// appointment, whose name begins with its time, says when to look at it. There is always one that is not too late: a new one is made before its
/// time is kept, and the old one goes last. What a crash leaves over names no event, or one with a later appointment, and is dropped when it is found.
/// </remarks>
internal sealed class WebhookStore(ISessionEngine engine, TimeProvider time)
{
    private const int TimeDigits = 15;

    /// <summary>Events that are done.</summary>
    public const string DoneSpace = "webhook-log";

    /// <summary>Events that wait for a later try.</summary>
    public const string WaitingSpace = "webhook-waiting";

    /// <summary>When they are to be looked at.</summary>
    public const string AppointmentSpace = "webhook-appointments";

    /// <summary>The events that were not tried yet, the oldest first. Whoever reads one after the other reads no further than they go on.</summary>
    public async IAsyncEnumerable<PendingWebhook> ReadUntriedAsync(
        string environment, int pageSize, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Side by side, since a store joins what is written at the same time.
        var moves = new List<Task>();
        await foreach (StateEntry entry in engine.State.ReadAllAsync(environment, WebhookOutbox.PendingSpace, "", pageSize, cancellationToken))
        {
            var happened = WebhookEvent.Read(entry.Value);
            if (happened.LeasedUntil is not null || !Waits(happened))
            {
                yield return new PendingWebhook(entry, happened, Appointment: null);
                continue;
            }

            moves.Add(MoveAsync(entry, WaitingSpace, happened, expectedThere: 0, cancellationToken).AsTask());
            if (moves.Count >= pageSize)
            {
                await Task.WhenAll(moves);
                moves.Clear();
            }
        }

        await Task.WhenAll(moves);
    }

    /// <summary>The events whose appointment for a later try has come, the earliest first.</summary>
    public async IAsyncEnumerable<PendingWebhook> ReadAppointedAsync(
        string environment, int pageSize, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string end = TimeText(time.GetUtcNow().AddMilliseconds(1));
        await foreach (StateEntry appointment in engine.State.ReadAllAsync(environment, AppointmentSpace, "", pageSize, cancellationToken))
        {
            if (string.CompareOrdinal(appointment.Key.Name, end) >= 0)
            {
                yield break;
            }

            if (await KeepAppointmentAsync(appointment, cancellationToken) is { } pending)
            {
                yield return pending;
            }
        }
    }

    /// <summary>A page of pending events, the oldest first.</summary>
    public async ValueTask<IReadOnlyList<StateEntry>> ListPendingAsync(string environment, string? after, int limit, CancellationToken cancellationToken)
    {
        IReadOnlyList<StateEntry> waiting = await engine.State.ListAsync(environment, WaitingSpace, "", after, limit, cancellationToken);
        IReadOnlyList<StateEntry> others = await engine.State.ListAsync(environment, WebhookOutbox.PendingSpace, "", after, limit, cancellationToken);
        return [.. others.UnionBy(waiting, static entry => entry.Key.Name).OrderBy(static entry => entry.Key.Name, StringComparer.Ordinal).Take(limit)];
    }

    /// <summary>Events that are done, the oldest first.</summary>
    public ValueTask<IReadOnlyList<StateEntry>> ListDoneAsync(string environment, string? after, int limit, CancellationToken cancellationToken) =>
        engine.State.ListAsync(environment, DoneSpace, "", after, limit, cancellationToken);

    /// <summary>Takes an event for a while, so that no other node sends it too.</summary>
    /// <returns>Its version then; null if somebody else has it.</returns>
    public ValueTask<long?> LeaseAsync(StateEntry entry, WebhookEvent happened, TimeSpan period, CancellationToken cancellationToken) => engine.State.PutAsync(
        new StatePut(entry.Key, (happened with { LeasedUntil = time.GetUtcNow() + period }).ToJson(), entry.Owner), entry.Version, cancellationToken);

    /// <summary>Keeps what the tries came to. An event that is done moves to the log, and one that has to wait for its next try to those that wait.</summary>
    /// <param name="pending">The event as it was found.</param>
    /// <param name="happened">The event as it is now.</param>
    /// <param name="version">Its version since it was leased.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask KeepAsync(PendingWebhook pending, WebhookEvent happened, long version, CancellationToken cancellationToken)
    {
        StateEntry entry = pending.Entry;
        string? next = pending.Appointment is not null && happened.NextAt is not null ? await AppointAsync(entry, happened, cancellationToken) : null;

        // First where it is: if it was deleted with its session while it was under way, nothing of it may be written anywhere.
        if (await engine.State.PutAsync(new StatePut(entry.Key, happened.ToJson(), entry.Owner), version, cancellationToken) is not { } kept)
        {
            return;
        }

        entry = entry with { Version = kept };
        if (happened.NextAt is null)
        {
            await MoveAsync(entry, DoneSpace, happened, expectedThere: null, cancellationToken);
        }
        else if (pending.Appointment is null && Waits(happened))
        {
            await MoveAsync(entry, WaitingSpace, happened, expectedThere: 0, cancellationToken);
        }

        if (pending.Appointment is { } before && before.Key.Name != next)
        {
            await RemoveAsync(before, cancellationToken);
        }
    }

    /// <summary>Makes every delivery of an event due again; one that is pending stays as it is. False if there is no such event.</summary>
    public async ValueTask<bool> ReplayAsync(string environment, string id, CancellationToken cancellationToken)
    {
        // The pending one first: for a moment, while it is moved, an event is in both spaces.
        var pending = new StateKey(environment, WebhookOutbox.PendingSpace, id);
        if (await engine.State.GetAsync(pending, cancellationToken) is not null
            || await engine.State.GetAsync(pending with { Space = WaitingSpace }, cancellationToken) is not null)
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

    private bool Waits(WebhookEvent happened) => happened.NextAt > time.GetUtcNow();

    /// <returns>The appointment's name.</returns>
    private async ValueTask<string> AppointAsync(StateEntry entry, WebhookEvent happened, CancellationToken cancellationToken)
    {
        string name = AppointmentOf(happened);
        var appointment = new StatePut(new StateKey(entry.Key.Environment, AppointmentSpace, name), ReadOnlyMemory<byte>.Empty, entry.Owner);
        await engine.State.PutAsync(appointment, expectedVersion: null, cancellationToken);
        return name;
    }

    /// <returns>The event whose appointment has come; null if it is not the event's any more.</returns>
    private async ValueTask<PendingWebhook?> KeepAppointmentAsync(StateEntry appointment, CancellationToken cancellationToken)
    {
        string name = appointment.Key.Name;
        var key = new StateKey(appointment.Key.Environment, WaitingSpace, name[TimeDigits..]);
        if (await engine.State.GetAsync(key, cancellationToken) is { } entry)
        {
            var happened = WebhookEvent.Read(entry.Value);
            if (happened.NextAt is null || string.CompareOrdinal(AppointmentOf(happened), name) <= 0)
            {
                return new PendingWebhook(entry, happened, appointment);
            }
        }

        await RemoveAsync(appointment, cancellationToken);
        return null;
    }

    private async ValueTask RemoveAsync(StateEntry entry, CancellationToken cancellationToken) =>
        await engine.State.PutAsync(new StatePut(entry.Key, Value: null), entry.Version, cancellationToken);

    private static string AppointmentOf(WebhookEvent happened) => TimeText(happened.NextAt!.Value) + happened.Id;

    private static string TimeText(DateTimeOffset at) => at.ToUnixTimeMilliseconds().ToString($"d{TimeDigits}", CultureInfo.InvariantCulture);

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
        long? put = await engine.State.PutAsync(new StatePut(target, happened.ToJson(), from.Owner), expectedThere, cancellationToken);
        if (space == WaitingSpace)
        {
            // Behind it, since an appointment without an event is dropped.
            await AppointAsync(from, happened, cancellationToken);
        }

        if (put is null || await engine.State.PutAsync(new StatePut(from.Key, Value: null), from.Version, cancellationToken) is not null)
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
            await RemoveAsync(entry, cancellationToken);
        }
    }
}

/// <summary>An event that is not done, as a look finds it.</summary>
/// <param name="Entry">Where it is kept.</param>
/// <param name="Happened">What it says.</param>
/// <param name="Appointment">What said that it is due; null for one that was not tried yet.</param>
internal sealed record PendingWebhook(StateEntry Entry, WebhookEvent Happened, StateEntry? Appointment);
