using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using AgentSessions.TestServer;

namespace AgentSessions.Conformance.Engine;

/// <content>Closing, expiring and deleting.</content>
public abstract partial class SessionEngineConformance
{
    [Fact]
    public async Task Close_KeepsTheFirstReason_AndEndsTheRun()
    {
        StartedSession started = await StartAsync(Key());
        SessionRow closed = await Engine.CloseAsync(Key(), "first", callingRunId: null, default);
        Assert.Equal((closed.ClosedAt, "first"), ((await Engine.CloseAsync(Key(), "second", callingRunId: null, default)).ClosedAt, closed.ClosedReason));
        await Eventually.TrueAsync(async () => (await Engine.FindRunAsync(Key().Environment, started.RunId, default))!.IsFinal, "the run's end");
        await RefusedAsync(SessionErrorCode.SessionClosed, () => StartAsync(Key()).AsTask());
        await RefusedAsync(SessionErrorCode.SessionNotFound, () => Engine.CloseAsync(Key("none"), null, callingRunId: null, default).AsTask());
    }

    [Fact]
    public async Task Close_DuringATurn_EndsItWithABoundary()
    {
        await StartAsync(Key(), ConformanceAgents.Held, Key().Environment);
        using OutReader reader = Follow(Key());
        await reader.TextAsync("held ");
        await Engine.CloseAsync(Key(), "enough", callingRunId: null, default);
        StreamRecord boundary = await reader.BoundaryAsync(0);
        Assert.Equal("enough", boundary.Header(ControlHeaders.ClosedReason));
        ConformanceAgents.Open(Key().Environment);
    }

    [Fact]
    public async Task Delete_LeavesNothing_AndTheIdIsNewAgain()
    {
        StartedSession first = await StartAsync(Key());
        (await TalkAsync(Key(), "secret")).Dispose();
        await AppendAsync(new StreamId(Key(), "logs", StreamDirection.Out), "secret");

        Assert.True(await Engine.DeleteAsync(Key(), default));
        Assert.False(await Engine.DeleteAsync(Key(), default));

        Assert.Null(await Engine.FindAsync(Key(), default));
        Assert.Null(await Engine.FindRunAsync(Key().Environment, first.RunId, default));
        Assert.Null(await Engine.ResolveAsync(Key().Environment, first.Row.Id, default));
        Assert.Empty((await Engine.ReadTranscriptAsync(Key(), null, null, default)).Messages);
        Assert.Empty(await StoredAsync(new StreamId(Key(), "logs", StreamDirection.Out)));

        // The run of the deleted session may still be leaving; it has no say in the new one.
        StartedSession second = await StartAsync(Key());
        Assert.False(second.IsCached);
        Assert.NotEqual(first.Row.Id, second.Row.Id);
        using OutReader reader = await TalkAsync(Key(), "again");
        Assert.Equal((0L, "1: again"), (reader.Records[0].Sequence, reader.Text));
    }

    [Fact]
    public async Task Delete_DuringATurn_LeavesNothingBehind()
    {
        await StartAsync(Key(), ConformanceAgents.Held, Key().Environment);
        using OutReader reader = Follow(Key());
        await reader.TextAsync("held ");
        Assert.True(await Engine.DeleteAsync(Key(), default));
        ConformanceAgents.Open(Key().Environment);
        Assert.Empty(await StoredAsync(StreamId.Out(Key())));
        Assert.Null(await Engine.FindAsync(Key(), default));
    }

    [Fact]
    public async Task Expired_IsSweptForGood()
    {
        await StartAsync(Key("kept"));
        await StartAsync(Key("due"), firstText: "hi", expiresAt: DateTimeOffset.UtcNow.AddMilliseconds(50));
        await Eventually.TrueAsync(
            async () =>
            {
                await _host!.Expired.SweepAsync(default);
                return await Engine.FindAsync(Key("due"), default) is null;
            },
            "the expired session's end");
        Assert.NotNull(await Engine.FindAsync(Key("kept"), default));
        Assert.Empty(await StoredAsync(StreamId.In(Key("due"))));
    }
}
