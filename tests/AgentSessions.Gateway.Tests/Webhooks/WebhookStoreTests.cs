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

        await Store.KeepAsync(entry, Done(happened), version, CancellationToken.None);

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

        await Store.KeepAsync(entry, Done(happened), version, CancellationToken.None);

        Assert.Null(await FindAsync(happened.Id, isDone: false));
        Assert.Null(await FindAsync(happened.Id, isDone: true));
        Assert.False(await Store.ReplayAsync(Environment, happened.Id, CancellationToken.None));
    }

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

    private async Task<StateEntry?> FindAsync(string id, bool isDone)
    {
        IReadOnlyList<StateEntry> all = isDone
            ? await Store.ListDoneAsync(Environment, after: null, 1000, CancellationToken.None)
            : await Store.ListPendingAsync(Environment, after: null, 1000, CancellationToken.None);
        return all.SingleOrDefault(entry => entry.Key.Name == id);
    }
}
