using System.Text;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Conformance.Engine;

/// <content>Appends by clients and by the direct-write sink.</content>
public abstract partial class SessionEngineConformance
{
    [Fact]
    public async Task Append_WhenThePartIdRepeats_AnswersTheFirstSequence()
    {
        await StartAsync(Key());
        AppendedRecord first = await SayAsync(Key(), "a", "same");
        Assert.Equal(new AppendedRecord(1, IsRepeat: false), await SayAsync(Key(), "b", "other"));

        AppendedRecord[] repeats = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => SayAsync(Key(), "a", "same").AsTask())));

        Assert.Equal(new AppendedRecord(0, IsRepeat: false), first);
        Assert.All(repeats, repeat => Assert.Equal(new AppendedRecord(0, IsRepeat: true), repeat));
        await _host!.RestartAsync();
        Assert.Equal(new AppendedRecord(0, IsRepeat: true), await SayAsync(Key(), "a", "same"));
        Assert.Equal(2, (await StoredAsync(StreamId.In(Key()))).Count);
    }

    [Fact]
    public async Task Append_ByManyAtOnce_NumbersEachOnce()
    {
        await StartAsync(Key());
        AppendedRecord[] appended = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => AppendAsync(StreamId.In(Key()), $"text {i}").AsTask())));
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (long)i), appended.Select(record => record.Sequence).Order());
        Assert.Equal(50, (await StoredAsync(StreamId.In(Key()))).Count);
    }

    [Fact]
    public async Task Append_ToASessionThatTakesNothing_IsRefused()
    {
        await RefusedAsync(SessionErrorCode.SessionNotFound, () => SayAsync(Key("none"), "x").AsTask());
        await StartAsync(Key("closed"));
        await Engine.CloseAsync(Key("closed"), "done", callingRunId: null, default);
        SessionException closed = await Assert.ThrowsAsync<SessionException>(() => SayAsync(Key("closed"), "x").AsTask());
        Assert.Equal((SessionErrorCode.SessionClosed, "done"), (closed.Code, closed.ClosedReason));
        await StartAsync(Key("expired"), expiresAt: DateTimeOffset.UnixEpoch);
        await RefusedAsync(SessionErrorCode.SessionExpired, () => SayAsync(Key("expired"), "x").AsTask());
    }

    [Fact]
    public async Task Append_OfMoreThanARecordHolds_IsRefusedAndStoresNothing()
    {
        await StartAsync(Key());
        await RefusedAsync(SessionErrorCode.RecordTooLarge, () => AppendAsync(StreamId.In(Key()), new string('x', RecordLimits.MaxRecordBytes)).AsTask());
        Assert.Empty(await StoredAsync(StreamId.In(Key())));
    }

    [Fact]
    public async Task SideChannel_IsAStreamOfItsOwn_AndWakesNoRun()
    {
        StartedSession started = await StartAsync(Key());
        await Engine.CancelRunAsync(Key().Environment, started.RunId, default);
        var side = new StreamId(Key(), "logs", StreamDirection.In);
        Assert.Equal(0, (await AppendAsync(side, "a")).Sequence);
        Assert.Equal(1, (await AppendAsync(side, "b")).Sequence);
        Assert.Empty(await StoredAsync(StreamId.In(Key())));
        Assert.Single(await Engine.ListRunsAsync(Key(), 10, default));
    }

    [Fact]
    public async Task AppendRecords_LandTogether_AtTheTailNamed()
    {
        await StartAsync(Key());
        StreamId stream = StreamId.Out(Key());
        RecordBatch batch = await Engine.AppendRecordsAsync(stream, [Data("1"), Data("2")], Cursor.Start, default);
        Assert.Equal((0L, 2), (batch.First.Value, batch.Count));
        await RefusedAsync(SessionErrorCode.TailMoved, () => Engine.AppendRecordsAsync(stream, [Data("3")], Cursor.Start, default).AsTask());
        Assert.Equal(2, (await Engine.AppendRecordsAsync(stream, [Data("3")], expectedTail: null, default)).First.Value);
    }

    [Fact]
    public async Task AppendRecords_WithATrim_DropWhatIsBeforeIt()
    {
        await StartAsync(Key());
        StreamId stream = StreamId.Out(Key());
        await Engine.AppendRecordsAsync(stream, [Data("0"), Data("1"), Data("2")], expectedTail: null, default);

        await Engine.AppendRecordsAsync(stream, [Trim(2)], expectedTail: null, default);
        Assert.Equal([2, 3], (await StoredAsync(stream)).Select(record => record.Sequence));

        // Beyond the tail: the command itself stays.
        await Engine.AppendRecordsAsync(stream, [Trim(1000)], expectedTail: null, default);
        Assert.True(Assert.Single(await StoredAsync(stream)).IsCommand);
    }

    private static NewRecord Data(string text) => new(Encoding.UTF8.GetBytes($$"""{"data":{"type":"data-x","data":"{{text}}"},"id":"{{text}}"}"""), []);

    private static NewRecord Trim(long firstKept) => new(TrimCommand.Body(new Cursor(firstKept)), TrimCommand.Headers);
}
