using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Holding;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Tests.Sessions.Acting;

/// <summary>A message that was acknowledged before the close ends as a turn that failed, if no run is there to end it.</summary>
public sealed class CloseTests
{
    private readonly ActorBench _bench = new();

    [Fact]
    public async Task Close_AfterTheHostDied_TellsWhatStaysUnanswered_Once()
    {
        await OweAsync("a");
        _bench.Crash();

        await CloseAsync();
        await CloseAsync();

        await ExpectToldAsync();
        Assert.Equal(RunEnd.HostLost, Assert.Single(await _bench.Store.ListRunsAsync(ActorBench.Key, 10, default)).End);
    }

    [Fact]
    public async Task Close_AfterTheHostDied_WithNothingOwed_SaysNothing()
    {
        await _bench.StartAsync();
        _bench.Crash();

        await CloseAsync();

        Assert.Empty(await _bench.ReadAsync(StreamId.Out(ActorBench.Key)));
        Assert.False((await _bench.Store.LoadAsync(ActorBench.Key, default))!.Row.HasLiveRun);
    }

    [Fact]
    public async Task Close_WhoseRunDiesBeforeItReadsTheRecord_IsToldByTheNextHost()
    {
        await OweAsync("a");
        await CloseAsync();
        Assert.Empty(await _bench.ReadAsync(StreamId.Out(ActorBench.Key)));
        _bench.Crash();

        Assert.False(await _bench.Actor.RecoverAsync(default));

        await ExpectToldAsync();
    }

    [Fact]
    public async Task Close_RepeatedAfterTheRunDied_Tells()
    {
        await OweAsync("a");
        await CloseAsync();
        _bench.Crash();

        await CloseAsync();

        await ExpectToldAsync();
    }

    [Fact]
    public async Task Close_BeforeARunBeginsAnything_IsToldWhenTheRunEnds()
    {
        await OweAsync("a");
        await CloseAsync();

        await _bench.EndAsync(RunEnd.Closed, consumedThrough: -1);

        await ExpectToldAsync();
        Assert.Equal(RunEnd.Closed, Assert.Single(await _bench.Store.ListRunsAsync(ActorBench.Key, 10, default)).End);
    }

    [Fact]
    public async Task Close_OfARunThatAnsweredAll_SaysNothingMore()
    {
        await OweAsync("a");
        await CloseAsync();

        await _bench.EndAsync(RunEnd.Closed, consumedThrough: 0);

        Assert.Empty(await _bench.ReadAsync(StreamId.Out(ActorBench.Key)));
    }

    [Fact]
    public async Task Close_WhileAPersonHoldsTheSession_TellsWhatTheyDidNotAnswer()
    {
        await _bench.StartAsync();
        await _bench.Actor.HoldAsync(new HoldSession(HoldAction.TakeOver) { By = "ada" }, default);
        await _bench.AppendAsync(ActorBench.Message("a"), "p-a");
        await _bench.Actor.HoldAsync(new HoldSession(HoldAction.Say) { MessageId = "m-1", Text = "hello" }, default);
        long said = (await _bench.ReadAsync(StreamId.Out(ActorBench.Key)))[^1].Sequence;
        await _bench.AppendAsync(ActorBench.Message("b"), "p-b");

        await CloseAsync();

        await ExpectToldAsync(said, input: 1);
    }

    private async Task OweAsync(string text)
    {
        await _bench.StartAsync();
        await _bench.AppendAsync(ActorBench.Message(text), $"p-{text}");
    }

    private ValueTask<SessionRow> CloseAsync() => _bench.Actor.CloseAsync("bye", callingRunId: null, default);

    private async Task ExpectToldAsync(long after = -1, long input = 0)
    {
        StreamRecord[] said = [.. (await _bench.ReadAsync(StreamId.Out(ActorBench.Key))).Where(record => record.Sequence > after && !record.IsCommand)];
        Assert.Equal(3, said.Length);
        Assert.Contains("\"type\":\"error\"", said[0].Body, StringComparison.Ordinal);
        Assert.Equal(ControlHeaders.TurnComplete, said[1].Control);
        Assert.True(long.Parse(said[1].Header(ControlHeaders.InEventId)!) >= input);
        Assert.Equal(("true", "bye"), (said[1].Header(ControlHeaders.Closed), said[1].Header(ControlHeaders.ClosedReason)));
        Assert.Equal((ControlHeaders.SessionClosed, "bye"), (said[2].Control, said[2].Header(ControlHeaders.ClosedReason)));
        Assert.False((await _bench.Store.LoadAsync(ActorBench.Key, default))!.Row.HasLiveRun);
        Assert.Single(_bench.Host.Started);
    }
}
