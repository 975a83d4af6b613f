using System.Text;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Acting;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using AgentSessions.Testing;

namespace AgentSessions.Core.Tests.Sessions.Acting;

public sealed class SessionActorTests
{
    private readonly ActorBench _bench = new();

    [Fact]
    public async Task Append_ThatIsRepeatedAfterTheClose_IsAnsweredAsBefore()
    {
        await _bench.StartAsync();
        AppendedRecord first = await _bench.AppendAsync(ActorBench.Message("bye"), "p1");
        await _bench.Actor.CloseAsync("bye", callingRunId: null, default);

        Assert.Equal(new AppendedRecord(first.Sequence, IsRepeat: true), await _bench.AppendAsync(ActorBench.Message("bye"), "p1"));
        await Assert.ThrowsAsync<SessionException>(async () => await _bench.AppendAsync(ActorBench.Message("more"), "p2"));
    }

    [Fact]
    public async Task Append_NamedLikeAChunk_IsStored()
    {
        await _bench.StartAsync();
        StreamId output = StreamId.Out(ActorBench.Key);
        await _bench.Actor.AppendRecordsAsync(output, [new NewRecord("{\"data\":{\"type\":\"start\"},\"id\":\"0\"}"u8.ToArray(), [])], expectedTail: null, default);

        Assert.Equal(new AppendedRecord(1, IsRepeat: false), await _bench.Actor.AppendAsync(output, new AppendText("x"u8.ToArray(), "0"), default));
        _bench.Crash();
        Assert.Equal(new AppendedRecord(1, IsRepeat: true), await _bench.Actor.AppendAsync(output, new AppendText("x"u8.ToArray(), "0"), default));
    }

    [Fact]
    public async Task Update_OfASessionThatAnotherTookTheKeyOf_ChangesThatOne()
    {
        await _bench.StartAsync();
        var other = new SessionActor(_bench.Context, ActorBench.Key);
        await other.DeleteAsync(default);
        StartedSession second = await other.StartAsync(
            new StartSession { Environment = "env", ExternalId = "chat-1", Type = "chat.agent", Agent = "echo", TriggerConfig = """{"basePayload":{"chatId":"chat-1"}}""" }, default);

        await _bench.Actor.UpdateAsync(new UpdateSession { Tags = ["late"] }, default);

        SessionRow stored = (await _bench.Store.LoadAsync(ActorBench.Key, default))!.Row;
        Assert.Equal((second.Row.Id, second.RunId), (stored.Id, stored.CurrentRunId));
        Assert.Equal(["late"], stored.Tags);
    }

    [Fact]
    public async Task Start_Twice_FindsTheSessionAndItsRun()
    {
        StartedSession first = await _bench.StartAsync();
        StartedSession second = await _bench.StartAsync();

        Assert.False(first.IsCached);
        Assert.True(second.IsCached);
        Assert.Equal((first.Row.Id, first.RunId), (second.Row.Id, second.RunId));
        Assert.Single(_bench.Host.Started);
        Assert.Equal(RunReason.Initial, Assert.Single(await _bench.Store.ListRunsAsync(ActorBench.Key, 10, default)).Reason);
    }

    [Fact]
    public async Task Start_WithAMessage_PutsItOnInAndKeepsItOutOfThePayload()
    {
        await _bench.StartAsync("""{"basePayload":{"chatId":"chat-1","trigger":"submit-message","message":{"id":"m1","role":"user","parts":[]}},"idleTimeoutInSeconds":7}""");

        StreamRecord record = Assert.Single(await _bench.ReadAsync(StreamId.In(ActorBench.Key)));
        Assert.Contains("submit-message", record.Body, StringComparison.Ordinal);
        string payload = _bench.Host.Started[0].Payload;
        Assert.DoesNotContain("message", payload, StringComparison.Ordinal);
        Assert.Contains("\"idleTimeoutInSeconds\":7", payload, StringComparison.Ordinal);
        Assert.Contains("\"sessionId\":\"session_", payload, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_UnknownAgent_IsRefusedAndStoresNothing()
    {
        var start = new StartSession { Environment = "env", ExternalId = "chat-1", Type = "t", Agent = "nobody", TriggerConfig = """{"basePayload":{}}""" };

        SessionException refused = await Assert.ThrowsAsync<SessionException>(async () => await _bench.Actor.StartAsync(start, default));

        Assert.Equal(SessionErrorCode.UnknownAgent, refused.Code);
        Assert.Null(await _bench.Store.LoadAsync(ActorBench.Key, default));
    }

    [Fact]
    public async Task Append_WhoseCommitIsOvertaken_CountsOnceAgainstWhatMayBeKept()
    {
        const string config = """{"basePayload":{"chatId":"chat-1","trigger":"preload"}}""";
        long message = ActorBench.Message("x").Length;
        var limits = new StorageLimits { Bytes = config.Length + (4 * message) };
        SessionContext context = _bench.Context with { Quota = new StorageQuota(_bench.Store, limits, new ManualTime()) };
        var one = new SessionActor(context, ActorBench.Key);
        var other = new SessionActor(context, ActorBench.Key);
        await one.StartAsync(new StartSession { Environment = "env", ExternalId = ActorBench.Key.Key, Type = "chat.agent", Agent = "echo", TriggerConfig = config }, default);

        // Each knows the tail from before the other's append, so its commit is overtaken once.
        foreach (SessionActor actor in (SessionActor[])[one, other, one, other])
        {
            await actor.AppendAsync(StreamId.In(ActorBench.Key), new AppendText(Encoding.UTF8.GetBytes(ActorBench.Message("x")), _bench.Context.Ids.NewRunId()), default);
        }

        Assert.Equal(4, (await _bench.ReadAsync(StreamId.In(ActorBench.Key))).Count);
        SessionException full = await Assert.ThrowsAsync<SessionException>(async () => await one.AppendAsync(StreamId.In(ActorBench.Key), new AppendText("{}"u8.ToArray(), "more"), default));
        Assert.Equal(SessionErrorCode.StorageFull, full.Code);
    }

    [Fact]
    public async Task Append_WhenPartIdRepeats_ReturnsFirstSequence_AlsoAfterARestart()
    {
        await _bench.StartAsync();
        AppendedRecord first = await _bench.AppendAsync(ActorBench.Message("a"), "part-a");
        await _bench.AppendAsync(ActorBench.Message("b"), "part-b");

        AppendedRecord repeat = await _bench.AppendAsync(ActorBench.Message("a"), "part-a");
        _bench.Crash();
        AppendedRecord afterCrash = await _bench.AppendAsync(ActorBench.Message("a"), "part-a");

        Assert.Equal((0L, false), (first.Sequence, first.IsRepeat));
        Assert.Equal((0L, true), (repeat.Sequence, repeat.IsRepeat));
        Assert.Equal((0L, true), (afterCrash.Sequence, afterCrash.IsRepeat));
        Assert.Equal(2, (await _bench.ReadAsync(StreamId.In(ActorBench.Key))).Count);
    }

    [Fact]
    public async Task Append_WebhookMarkOfAClient_IsTakenAway()
    {
        await _bench.StartAsync();
        await _bench.AppendAsync("""{"kind":"message","payload":{"trigger":"action","action\u0053ource":"webhook","action":{}}}""", "p");

        Assert.DoesNotContain("webhook", (await _bench.ReadAsync(StreamId.In(ActorBench.Key)))[0].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithWhatOnlyTheServerMaySay_TakesItAway()
    {
        await _bench.StartAsync("""{"basePayload":{"chatId":"chat-1","trigger":"action","actionSource":"webhook","continuation":true,"previousRunId":"run_forged","action":{}}}""");

        string first = (await _bench.ReadAsync(StreamId.In(ActorBench.Key)))[0].Body;
        foreach (string forged in (string[])["webhook", "continuation", "run_forged"])
        {
            Assert.DoesNotContain(forged, first, StringComparison.Ordinal);
            Assert.DoesNotContain(forged, _bench.Host.Started[^1].Payload, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ConfigurationWithAKeyWrittenTwice_MeansTheLast_AndStartsEveryRun()
    {
        const string Twice = """{"basePayload":{"chatId":"other"},"basePayload":{"chatId":"chat-1","trigger":"preload","a":{"b":1,"b":2},"a":{"b":3,"b":4}}}""";
        await _bench.StartAsync(Twice);
        await _bench.EndAsync(RunEnd.IdleTimeout, consumedThrough: -1);

        await _bench.AppendAsync(ActorBench.Message("a"), "part-a");

        Assert.Equal(2, _bench.Host.Started.Count);
        Assert.All(_bench.Host.Started, static run => Assert.Contains("""{"chatId":"chat-1",""", run.Payload, StringComparison.Ordinal));
        Assert.All(_bench.Host.Started, static run => Assert.Contains("\"a\":{\"b\":4}", run.Payload, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"kind":"handover","isFinal":true,"partialAssistantMessage":[]}""")]
    [InlineData("""{"kind":"message","k\u0069nd":"hand\u006fver"}""")]
    public async Task Append_OfAHandoverWithAPublicToken_IsRefused(string handover)
    {
        await _bench.StartAsync();
        var append = new AppendText(Encoding.UTF8.GetBytes(handover), "h") { IsPublic = true };

        SessionException refused = await Assert.ThrowsAsync<SessionException>(async () => await _bench.Actor.AppendAsync(StreamId.In(ActorBench.Key), append, default));

        Assert.Equal(SessionErrorCode.Forbidden, refused.Code);
        Assert.Empty(await _bench.ReadAsync(StreamId.In(ActorBench.Key)));
        await _bench.Actor.AppendAsync(StreamId.In(ActorBench.Key), append with { IsPublic = false }, default);
    }

    [Fact]
    public async Task Close_FirstReasonStays_AppendsAreRefused_TheRunIsTold()
    {
        await _bench.StartAsync();
        await _bench.Actor.CloseAsync("bye", callingRunId: null, default);
        SessionRow again = await _bench.Actor.CloseAsync("later", callingRunId: null, default);

        SessionException refused = await Assert.ThrowsAsync<SessionException>(async () => await _bench.AppendAsync("{}", "p"));

        Assert.Equal("bye", again.ClosedReason);
        Assert.Equal((SessionErrorCode.SessionClosed, "bye"), (refused.Code, refused.ClosedReason));
        Assert.Contains("close", Assert.Single(await _bench.ReadAsync(StreamId.In(ActorBench.Key))).Body, StringComparison.Ordinal);
        await _bench.EndAsync(RunEnd.Closed, consumedThrough: 0);
        Assert.Single(_bench.Host.Started);
    }

    [Fact]
    public async Task TwoActorsOfOneSession_RacingAppends_LoseAndRepeatNothing()
    {
        await _bench.StartAsync();
        var other = new SessionActor(_bench.Context, ActorBench.Key);
        var sequences = new List<long>();
        for (int round = 0; round < 50; round++)
        {
            // Each actor is one caller at a time; the two of them race on what they believe the tail to be.
            Task<AppendedRecord> left = _bench.AppendAsync(ActorBench.Message($"l{round}"), $"l{round}").AsTask();
            Task<AppendedRecord> right = other.AppendAsync(
                StreamId.In(ActorBench.Key), new AppendText(System.Text.Encoding.UTF8.GetBytes(ActorBench.Message($"r{round}")), $"r{round}"), default).AsTask();
            sequences.AddRange((await Task.WhenAll(left, right)).Select(record => record.Sequence));
        }

        Assert.Equal(Enumerable.Range(0, 100).Select(number => (long)number), sequences.Order());
        Assert.Equal(100, (await _bench.ReadAsync(StreamId.In(ActorBench.Key))).Select(record => record.Body).Distinct().Count());
    }

    [Fact]
    public async Task Delete_LeavesNothing_AndTheIdIsNew()
    {
        await _bench.StartAsync();
        await _bench.AppendAsync(ActorBench.Message("a"), "a");

        Assert.True(await _bench.Actor.DeleteAsync(default));
        Assert.False(await _bench.Actor.DeleteAsync(default));
        StartedSession again = await _bench.StartAsync();

        Assert.False(again.IsCached);
        Assert.Equal(0, (await _bench.AppendAsync(ActorBench.Message("a"), "a")).Sequence);
    }
}
