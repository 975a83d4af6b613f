using System.Text.Json;
using AgentSessions.Conformance.Engine;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using AgentSessions.TestServer;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Embedded.Tests;

/// <summary>Promise R27: a session expires once, whether its time passes before a restart, while the server is down, or after it.</summary>
public sealed class ExpiryRestartTests
{
    private static readonly TimeSpan _lifetime = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(Moment.Before, true)]
    [InlineData(Moment.Before, false)]
    [InlineData(Moment.WhileDown, true)]
    [InlineData(Moment.WhileDown, false)]
    [InlineData(Moment.After, true)]
    [InlineData(Moment.After, false)]
    public async Task Expiry_AroundARestart_EndsTheSessionOnce(Moment moment, bool isAnswered)
    {
        var store = new InMemorySessionStore();
        var clock = new MovedClock();
        var key = new SessionKey($"env-{Guid.NewGuid():n}", "chat");
        await using EmbeddedHost host = await new EmbeddedHost(
            () => Task.FromResult<ISessionStore>(store), services => services.AddSingleton<TimeProvider>(clock)).StartAsync();
        StartedSession started = await StartAsync(host.Engine, key, clock, isAnswered);
        using (var reader = new OutReader(host.Engine.OpenTail(StreamId.Out(key), default, default)))
        {
            await (isAnswered ? reader.BoundaryAsync(0) : reader.TextAsync("held "));
        }

        clock.Pass(moment == Moment.Before);
        await host.DisposeAsync();
        clock.Pass(moment == Moment.WhileDown);
        await host.StartAsync();
        clock.Pass(moment == Moment.After);

        SessionException refused = await Assert.ThrowsAsync<SessionException>(async () => await host.Engine.AppendAsync(StreamId.In(key), new AppendText("x"u8.ToArray(), "late"), default));
        Assert.Equal(SessionErrorCode.SessionExpired, refused.Code);
        if (moment != Moment.After)
        {
            // What a dead run owed to a session whose time is over is not begun again.
            await Eventually.TrueAsync(async () => (await host.Engine.FindRunAsync(key.Environment, started.RunId, default))!.IsFinal, "the run's end");
            Assert.Single(await host.Engine.ListRunsAsync(key, 10, default));
        }

        await Eventually.TrueAsync(
            async () =>
            {
                await host.Expired.SweepAsync(default);
                return await host.Engine.FindAsync(key, default) is null;
            },
            "the session's deletion");
        await host.RestartAsync();
        Assert.Null(await host.Engine.FindAsync(key, default));
        Assert.False((await StartAsync(host.Engine, key, clock, isAnswered: true)).IsCached);
    }

    [Theory]
    [InlineData(Moment.Before)]
    [InlineData(Moment.WhileDown)]
    [InlineData(Moment.After)]
    public async Task Message_OwedWhenItsSessionExpires_EndsAsAFailedTurn(Moment moment)
    {
        var store = new InMemorySessionStore();
        var clock = new MovedClock();
        var key = new SessionKey($"env-{Guid.NewGuid():n}", "chat");
        await using EmbeddedHost host = await new EmbeddedHost(
            () => Task.FromResult<ISessionStore>(store),
            services => services.AddSingleton<TimeProvider>(clock).AddSingleton(new RetentionOptions())).StartAsync();
        StartedSession started = await StartAsync(host.Engine, key, clock, isAnswered: false);
        using (var reader = new OutReader(host.Engine.OpenTail(StreamId.Out(key), default, default)))
        {
            await reader.TextAsync("held ");
        }

        clock.Pass(moment == Moment.Before);
        await host.DisposeAsync();
        clock.Pass(moment == Moment.WhileDown);
        await host.StartAsync();
        clock.Pass(moment == Moment.After);

        using var after = new OutReader(host.Engine.OpenTail(StreamId.Out(key), default, default));
        StreamRecord boundary = await after.BoundaryAsync(0);
        Assert.Contains("\"type\":\"error\"", after.Records.Single(record => record.Sequence == boundary.Sequence - 1).Body, StringComparison.Ordinal);
        Assert.DoesNotContain(after.Records, static record => record.Body.Contains("\"type\":\"finish\"", StringComparison.Ordinal));
        StoredTranscript transcript = await host.Engine.ReadTranscriptAsync(key, 10, null, default);
        Assert.Equal([true, false], transcript.Messages.Select(static message => message.Final));
        Assert.True((await host.Engine.FindRunAsync(key.Environment, started.RunId, default))!.IsFinal);

        // Said once: the next process has nothing to add.
        StreamBounds told = await host.Engine.GetBoundsAsync(StreamId.Out(key), default);
        await host.RestartAsync();
        Assert.False((await store.LoadAsync(key, default))!.Row.HasLiveRun);
        Assert.Equal(told.Tail, (await host.Engine.GetBoundsAsync(StreamId.Out(key), default)).Tail);
    }

    [Fact]
    public async Task Sweep_WithASessionThatCannotBeRead_DeletesTheOthers()
    {
        var store = new InMemorySessionStore();
        var clock = new MovedClock();
        string environment = $"env-{Guid.NewGuid():n}";
        await using EmbeddedHost host = await new EmbeddedHost(
            () => Task.FromResult<ISessionStore>(new UnreadableSession(store) { Key = clock.HasPassed ? "bad" : null }),
            services => services.AddSingleton<TimeProvider>(clock)).StartAsync();
        foreach (string key in (string[])["bad", "good"])
        {
            await StartAsync(host.Engine, new SessionKey(environment, key), clock, isAnswered: true);
        }

        clock.Pass(true);
        await host.RestartAsync();

        await Eventually.TrueAsync(
            async () =>
            {
                await host.Expired.SweepAsync(default);
                return await store.LoadAsync(new SessionKey(environment, "good"), default) is null;
            },
            "the deletion of the session that can be read");
        Assert.NotNull(await store.LoadAsync(new SessionKey(environment, "bad"), default));
    }

    private static ValueTask<StartedSession> StartAsync(ISessionEngine engine, SessionKey key, TimeProvider clock, bool isAnswered) => engine.StartAsync(
        new StartSession
        {
            Environment = key.Environment,
            ExternalId = key.Key,
            Type = "chat.agent",
            Agent = isAnswered ? ConformanceAgents.Echo : ConformanceAgents.Held,
            TriggerConfig = JsonSerializer.Serialize(new
            {
                basePayload = new
                {
                    chatId = key.Key,
                    trigger = "submit-message",
                    message = new { id = "m", role = "user", parts = new[] { new { type = "text", text = key.Environment } } },
                },
            }),
            ExpiresAt = clock.GetUtcNow() + _lifetime,
        },
        default);

    /// <summary>When the session's time passes.</summary>
    public enum Moment
    {
        Before = 0,
        WhileDown = 1,
        After = 2,
    }

    private sealed class MovedClock : TimeProvider
    {
        private TimeSpan _ahead;

        public bool HasPassed => _ahead > TimeSpan.Zero;

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;

        public void Pass(bool does) => _ahead += does ? _lifetime : TimeSpan.Zero;
    }
}
