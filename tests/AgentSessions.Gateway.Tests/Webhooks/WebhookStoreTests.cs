using System.Text.Json.Nodes;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.Gateway.Webhooks;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway.Tests.Webhooks;

/// <summary>Events on their way from the outbox to the log.</summary>
public sealed class WebhookStoreTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    private const string Environment = Calls.EnvironmentDefault;

    private WebhookStore Store => server.Services.GetRequiredService<WebhookStore>();

    [Fact]
    public async Task Event_ThatIsDone_MovesToTheLog_AndBackWhenAskedFor()
    {
        string id = Calls.NewId("hook");
        (StateEntry entry, WebhookEvent happened, long version) = await LeaseNewAsync(id);

        await Store.KeepAsync(new PendingWebhook(entry, happened, Appointment: null), Done(happened), version, CancellationToken.None);

        Assert.Null(await FindAsync(happened.Id, isDone: false));
        Assert.NotNull(await FindAsync(happened.Id, isDone: true));
        Assert.True(await Store.ReplayAsync(Environment, happened.Id, CancellationToken.None));
        Assert.NotNull(await FindAsync(happened.Id, isDone: false));
        Assert.Null(await FindAsync(happened.Id, isDone: true));
    }

    [Fact]
    public async Task Event_WhoseSessionIsDeletedWhileItIsUnderWay_IsNotKept()
    {
        string id = Calls.NewId("hook");
        (StateEntry entry, WebhookEvent happened, long version) = await LeaseNewAsync(id);
        await server.SendAsync("DELETE", Calls.SessionPath(id));

        await Store.KeepAsync(new PendingWebhook(entry, happened, Appointment: null), Done(happened), version, CancellationToken.None);

        Assert.Null(await FindAsync(happened.Id, isDone: false));
        Assert.Null(await FindAsync(happened.Id, isDone: true));
        Assert.False(await Store.ReplayAsync(Environment, happened.Id, CancellationToken.None));
    }

    [Fact]
    public async Task EventsThatWaitForALaterTry_AreNotReadBeforeTheirTime_AndNoneIsForgotten()
    {
        string id = Calls.NewId("hook");
        (StateEntry entry, WebhookEvent happened, long version) = await LeaseNewAsync(id);
        DateTimeOffset now = happened.Timestamp;

        await Store.KeepAsync(new PendingWebhook(entry, happened, Appointment: null), Waiting(happened, now.AddMinutes(5)), version, CancellationToken.None);
        int before = (await DueAsync(happened)).Length;
        StateEntry listed = (await FindAsync(happened.Id, isDone: false))!;
        bool isKnown = await Store.ReplayAsync(Environment, happened.Id, CancellationToken.None);
        server.Clock.Advance(TimeSpan.FromMinutes(5));
        PendingWebhook due = Assert.Single(await DueAsync(happened));
        long leased = (await Store.LeaseAsync(due.Entry, due.Happened, TimeSpan.FromMinutes(1), CancellationToken.None))!.Value;
        await Store.KeepAsync(due, Waiting(happened, now.AddMinutes(30)), leased, CancellationToken.None);
        int between = (await DueAsync(happened)).Length;
        server.Clock.Advance(TimeSpan.FromMinutes(25));
        due = Assert.Single(await DueAsync(happened));
        leased = (await Store.LeaseAsync(due.Entry, due.Happened, TimeSpan.FromMinutes(1), CancellationToken.None))!.Value;
        await Store.KeepAsync(due, Done(happened), leased, CancellationToken.None);

        Assert.Equal((0, happened.Id, true, 0), (before, listed.Key.Name, isKnown, between));
        Assert.Empty(await DueAsync(happened));
        Assert.Null(await FindAsync(happened.Id, isDone: false));
        Assert.NotNull(await FindAsync(happened.Id, isDone: true));
        Assert.DoesNotContain(await AppointmentsAsync(), name => name.EndsWith(happened.Id, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Event_WhoseLookDiedBeforeItWasMoved_IsPutOffByTheNextOne()
    {
        string id = Calls.NewId("hook");
        (StateEntry entry, WebhookEvent happened, long version) = await LeaseNewAsync(id);
        WebhookEvent waiting = Waiting(happened, happened.Timestamp.AddMinutes(5));
        await server.Engine.State.PutAsync(new StatePut(entry.Key, waiting.ToJson(), entry.Owner), version, CancellationToken.None);

        Assert.Empty(await DueAsync(happened));

        Assert.Null(await server.Engine.State.GetAsync(entry.Key, CancellationToken.None));
        server.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Single(await DueAsync(happened));
    }

    [Fact]
    public async Task EventsThatWait_ArePutOffSideBySide()
    {
        const int count = 5;
        WebhookEvent[] waiting = new WebhookEvent[count];
        for (int i = 0; i < count; i++)
        {
            (StateEntry entry, WebhookEvent happened, long version) = await LeaseNewAsync(Calls.NewId("hook"));
            waiting[i] = Waiting(happened, happened.Timestamp.AddMinutes(5));
            await server.Engine.State.PutAsync(new StatePut(entry.Key, waiting[i].ToJson(), entry.Owner), version, CancellationToken.None);
        }

        int asked = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Store.BeforePut = put =>
        {
            if (put.Key.Space == WebhookStore.WaitingSpace && Interlocked.Increment(ref asked) == count)
            {
                all.TrySetResult();
            }

            return put.Key.Space == WebhookStore.WaitingSpace ? all.Task.WaitAsync(TimeSpan.FromSeconds(30)) : Task.CompletedTask;
        };
        try
        {
            await foreach (PendingWebhook due in ReadDueAsync(100))
            {
                Assert.DoesNotContain(waiting, happened => happened.Id == due.Happened.Id);
            }
        }
        finally
        {
            server.Store.BeforePut = null;
        }

        Assert.Equal(count, asked);
        foreach (WebhookEvent happened in waiting)
        {
            Assert.Null(await server.Engine.State.GetAsync(new StateKey(Environment, WebhookOutbox.PendingSpace, happened.Id), CancellationToken.None));
        }
    }

    [Fact]
    public async Task Appointment_OfAnEventThatIsGone_IsDropped()
    {
        string id = Calls.NewId("hook");
        var name = new StateKey(Environment, WebhookStore.AppointmentSpace, $"{0:d15}evt_{id}");
        await server.Engine.State.PutAsync(new StatePut(name, ReadOnlyMemory<byte>.Empty), expectedVersion: null, CancellationToken.None);

        await foreach (PendingWebhook due in ReadDueAsync(2))
        {
            Assert.NotEqual($"evt_{id}", due.Happened.Id);
        }

        Assert.DoesNotContain(await AppointmentsAsync(), appointment => appointment == name.Name);
    }

    private static WebhookEvent Waiting(WebhookEvent happened, DateTimeOffset until) =>
        happened with { Deliveries = new() { ["one"] = new WebhookDelivery { Attempts = 1, NextAt = until } } };

    private static WebhookEvent Done(WebhookEvent happened) =>
        happened with { Deliveries = new() { ["one"] = new WebhookDelivery { Attempts = 1, DeliveredAt = happened.Timestamp } } };

    /// <summary>An event of a new session, under way.</summary>
    private async Task<(StateEntry Entry, WebhookEvent Event, long Version)> LeaseNewAsync(string id)
    {
        await server.CreateAsync(id);
        DateTimeOffset now = server.Clock.GetUtcNow();
        var happened = new WebhookEvent($"evt_{id}", WebhookEvent.RunFailed, now, new JsonObject { ["externalId"] = id })
        {
            Deliveries = { ["one"] = new WebhookDelivery { NextAt = now } },
        };
        await server.Engine.State.PutAsync(WebhookOutbox.ToPut(Environment, happened, new SessionKey(Environment, id)), expectedVersion: 0, CancellationToken.None);
        StateEntry entry = (await FindAsync(happened.Id, isDone: false))!;
        long? version = await Store.LeaseAsync(entry, happened, TimeSpan.FromMinutes(1), CancellationToken.None);
        return (entry, happened, version!.Value);
    }

    private async Task<PendingWebhook[]> DueAsync(WebhookEvent happened)
    {
        var due = new List<PendingWebhook>();
        await foreach (PendingWebhook pending in ReadDueAsync(2))
        {
            due.Add(pending);
        }

        return [.. due.Where(pending => pending.Happened.Id == happened.Id)];
    }

    private async IAsyncEnumerable<PendingWebhook> ReadDueAsync(int pageSize)
    {
        await foreach (PendingWebhook pending in Store.ReadUntriedAsync(Environment, pageSize, CancellationToken.None))
        {
            yield return pending;
        }

        await foreach (PendingWebhook pending in Store.ReadAppointedAsync(Environment, pageSize, CancellationToken.None))
        {
            yield return pending;
        }
    }

    private async Task<string[]> AppointmentsAsync() =>
        [.. (await server.Engine.State.ListAsync(Environment, WebhookStore.AppointmentSpace, "", after: null, 1000, CancellationToken.None)).Select(static entry => entry.Key.Name)];

    private async Task<StateEntry?> FindAsync(string id, bool isDone)
    {
        IReadOnlyList<StateEntry> all = isDone
            ? await Store.ListDoneAsync(Environment, after: null, 1000, CancellationToken.None)
            : await Store.ListPendingAsync(Environment, after: null, 1000, CancellationToken.None);
        return all.SingleOrDefault(entry => entry.Key.Name == id);
    }
}
