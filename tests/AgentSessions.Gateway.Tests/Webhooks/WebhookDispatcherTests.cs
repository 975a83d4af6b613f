using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.Gateway.Webhooks;
using AgentSessions.TestServer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Tests.Webhooks;

/// <summary>What the sender does while nobody takes anything.</summary>
public sealed class WebhookDispatcherTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    [Fact]
    public async Task EventsBehindAnEndpointThatLetsThemTimeOut_AreNotReadAtEachLook_AndGoOutOnceItTakesThem()
    {
        const int count = 250;
        await PutAsync(count);
        var answer = new TaskCompletionSource<(bool, string)>(TaskCreationOptions.RunContinuationsAsynchronously);
        int tries = 0;
        var options = new WebhookOptions { PollInterval = TimeSpan.FromMilliseconds(10), Endpoints = { ["one"] = new WebhookEndpointOptions() } };
        using var dispatcher = new WebhookDispatcher(
            server.Services.GetRequiredService<WebhookStore>(),
            async (_, _, _) => Interlocked.Increment(ref tries) == 1 ? (false, WebhookSender.TimedOut) : await answer.Task,
            server.Services.GetRequiredService<KeyRing>(),
            Options.Create(options),
            server.Clock,
            NullLogger<WebhookDispatcher>.Instance);
        await dispatcher.StartAsync(CancellationToken.None);
        try
        {
            await Eventually.TrueAsync(() => Task.FromResult(Volatile.Read(ref tries) > 1), "the try that hangs");
            await LooksAsync(4);
            int lists = server.Store.Lists(WebhookOutbox.PendingSpace);
            await LooksAsync(10);
            Assert.Equal(lists, server.Store.Lists(WebhookOutbox.PendingSpace));

            answer.SetResult((true, "204"));
            await Eventually.TrueAsync(async () => (await ListAsync(WebhookStore.DoneSpace)).Count == count - 1, "the events that were not tried");
            Assert.Single(await ListAsync(WebhookStore.WaitingSpace));
        }
        finally
        {
            await dispatcher.StopAsync(CancellationToken.None);
        }
    }

    [Fact]
    public async Task Look_WhileTheStoreFails_IsALineEach()
    {
        await using var broken = await TemporaryServer.StartAsync();
        broken.Server.Store.StateFailure = new StoreUnavailableException("It is away.");
        using var logs = new CollectedLogs();
        using var factory = new LoggerFactory([logs]);
        using var dispatcher = new WebhookDispatcher(
            broken.Server.Services.GetRequiredService<WebhookStore>(),
            static (_, _, _) => new((true, "204")),
            broken.Server.Services.GetRequiredService<KeyRing>(),
            Options.Create(new WebhookOptions { PollInterval = TimeSpan.FromMilliseconds(10), Endpoints = { ["one"] = new WebhookEndpointOptions() } }),
            broken.Server.Clock,
            factory.CreateLogger<WebhookDispatcher>());
        await dispatcher.StartAsync(CancellationToken.None);

        await Eventually.TrueAsync(() => Task.FromResult(logs.Lines.Count() >= 3), "looks that fail");
        await dispatcher.StopAsync(CancellationToken.None);

        Assert.All(logs.Lines, static line => Assert.EndsWith("it is tried again: It is away.", line));
    }

    /// <summary>Waits until the environments were looked at so often: each look ends with the events that are done.</summary>
    private async Task LooksAsync(int looks)
    {
        int end = server.Store.Lists(WebhookStore.DoneSpace) + (looks * server.Services.GetRequiredService<KeyRing>().Environments.Count());
        await Eventually.TrueAsync(() => Task.FromResult(server.Store.Lists(WebhookStore.DoneSpace) >= end), $"{looks} looks");
    }

    private async Task PutAsync(int count)
    {
        DateTimeOffset now = server.Clock.GetUtcNow();
        for (int i = 0; i < count; i++)
        {
            var happened = new WebhookEvent($"evt_{i:d6}", WebhookEvent.RunFailed, now, []) { Deliveries = { ["one"] = new WebhookDelivery { NextAt = now } } };
            await server.Engine.State.PutAsync(WebhookOutbox.ToPut(Calls.EnvironmentDefault, happened, owner: null), expectedVersion: 0, CancellationToken.None);
        }
    }

    private ValueTask<IReadOnlyList<StateEntry>> ListAsync(string space) =>
        server.Engine.State.ListAsync(Calls.EnvironmentDefault, space, "", after: null, 1000, CancellationToken.None);
}
