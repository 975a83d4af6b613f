using System.Text.Json;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;
using AgentSessions.TestServer;

namespace AgentSessions.Conformance.Engine;

/// <content>Messages and their answers, over runs and restarts.</content>
public abstract partial class SessionEngineConformance
{
    [Fact]
    public async Task Messages_AreAnsweredOnceAndInOrder()
    {
        await StartAsync(Key());
        using OutReader reader = Follow(Key());
        for (int i = 0; i < 5; i++)
        {
            await SayAsync(Key(), $"{i}");
        }

        await reader.BoundaryAsync(4);
        Assert.Equal(["0", "1: 0", "1", "3: 1", "2", "5: 2", "3", "7: 3", "4", "9: 4"], await TextsAsync());
    }

    [Fact]
    public async Task Readers_FromBeforeTheSession_AllSeeTheSame()
    {
        OutReader[] readers = [.. Enumerable.Range(0, 20).Select(_ => Follow(Key()))];
        await StartAsync(Key(), firstText: "hi");
        await Task.WhenAll(readers.Select(reader => reader.BoundaryAsync(0)));
        Assert.All(readers, reader => Assert.Equal(readers[0].Records.Select(record => record.Body), reader.Records.Select(record => record.Body)));
        Array.ForEach(readers, reader => reader.Dispose());
    }

    [Fact]
    public async Task Reader_WithACursor_GetsExactlyWhatIsBehindIt()
    {
        await StartAsync(Key());
        using OutReader first = await TalkAsync(Key(), "hi");
        long middle = first.Records[3].Sequence;
        using OutReader second = Follow(Key(), middle + 1);
        await second.BoundaryAsync(0);
        Assert.Equal(middle + 1, second.Records[0].Sequence);
    }

    [Fact]
    public async Task Transcript_HoldsATurnOnceItsBoundaryIsSeen()
    {
        await StartAsync(Key());
        using OutReader reader = await TalkAsync(Key(), "hi");
        StoredTranscript transcript = await Engine.ReadTranscriptAsync(Key(), limit: null, before: null, default);
        Assert.Equal(2, transcript.Messages.Count);
        Assert.Equal(reader.Records.Last(record => record.Control == ControlHeaders.TurnComplete).Sequence, transcript.LastOutSequence);
    }

    [Fact]
    public async Task Cancel_EndsTheRun_AndTheNextMessageContinues()
    {
        StartedSession started = await StartAsync(Key());
        using OutReader reader = await TalkAsync(Key(), "a");

        Assert.Equal(RunStatus.Canceled, (await Engine.CancelRunAsync(Key().Environment, started.RunId, default)).Status);

        AppendedRecord next = await SayAsync(Key(), "b");
        await reader.BoundaryAsync(next.Sequence);
        Assert.EndsWith("3: b", reader.Text, StringComparison.Ordinal);
        IReadOnlyList<RunRow> runs = await Engine.ListRunsAsync(Key(), 10, default);
        Assert.Equal([RunReason.Continuation, RunReason.Initial], runs.Select(run => run.Reason));
        Assert.Equal(started.RunId, runs[0].PreviousRunId);
    }

    [Fact]
    public async Task Cancel_DuringATurn_WritesNothingMoreOfIt()
    {
        StartedSession started = await StartAsync(Key(), ConformanceAgents.Held, Key().Environment);
        using OutReader reader = Follow(Key());
        await reader.TextAsync("held ");
        await Engine.CancelRunAsync(Key().Environment, started.RunId, default);
        Cursor tail = (await Engine.GetBoundsAsync(StreamId.Out(Key()), default)).Tail;

        ConformanceAgents.Open(Key().Environment);

        await Eventually.TrueAsync(async () => (await Engine.FindRunAsync(Key().Environment, started.RunId, default))!.IsFinal, "the run's end");
        Assert.Equal(tail, (await Engine.GetBoundsAsync(StreamId.Out(Key()), default)).Tail);
    }

    [Fact]
    public async Task Cancel_WithMessagesBehindThatHaveTurnsOfTheirOwn_StopsTheOne_AndAnswersThem()
    {
        StartedSession started = await StartAsync(Key(), ConformanceAgents.Held, Key().Environment);
        using OutReader reader = Follow(Key());
        await reader.TextAsync("held ");
        await SayApartAsync("a");
        AppendedRecord last = await SayApartAsync("b");

        await Engine.CancelRunAsync(Key().Environment, started.RunId, default);
        await reader.BoundaryAsync(last.Sequence);

        Assert.Equal([Key().Environment, "held ", "a", "3: a", "b", "5: b"], await TextsAsync());
        Assert.Equal(RunStatus.Canceled, (await Engine.FindRunAsync(Key().Environment, started.RunId, default))!.Status);

        ValueTask<AppendedRecord> SayApartAsync(string text) => Engine.AppendAsync(
            StreamId.In(Key()),
            new AppendText(JsonSerializer.SerializeToUtf8Bytes(new { kind = "message", payload = Payload(Key(), text) }), $"apart-{text}")
            {
                Terms = new MessageTerms { Agent = ConformanceAgents.Echo, IsApart = true },
            },
            default);
    }

    [Fact]
    public async Task Restart_DuringATurn_FinishesItByItself()
    {
        await StartAsync(Key(), ConformanceAgents.Held, Key().Environment);
        using (OutReader before = Follow(Key()))
        {
            await before.TextAsync("held ");
        }

        await _host!.RestartAsync();
        ConformanceAgents.Open(Key().Environment);

        using OutReader after = Follow(Key());
        await after.BoundaryAsync(0);
        Assert.EndsWith("released", after.Text, StringComparison.Ordinal);
        Assert.Equal(["0"], Boundaries(after));
    }

    [Fact]
    public async Task Restart_BetweenTurns_KeepsTheHistory()
    {
        await StartAsync(Key());
        using (await TalkAsync(Key(), "a"))
        {
            await _host!.RestartAsync();
        }

        using OutReader reader = await TalkAsync(Key(), "b");
        Assert.EndsWith("3: b", reader.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Swap_IsWonByTheRunThatOwnsTheSession()
    {
        StartedSession started = await StartAsync(Key());
        var swap = new SwapRun(started.RunId, RunReason.Manual, AgentVersion: null);
        SwappedRun won = await Engine.SwapRunAsync(Key(), swap, default);
        SwappedRun lost = await Engine.SwapRunAsync(Key(), swap, default);
        Assert.Equal((true, false, won.RunId), (won.Swapped, lost.Swapped, lost.RunId));
        using OutReader reader = await TalkAsync(Key(), "a");
        Assert.Equal("1: a", reader.Text);
    }

    private static IEnumerable<string?> Boundaries(OutReader reader) => reader.Records
        .Where(record => record.Control == ControlHeaders.TurnComplete)
        .Select(record => record.Header(ControlHeaders.InEventId));

    /// <summary>The last text of each message that is stored.</summary>
    private async Task<string[]> TextsAsync()
    {
        StoredTranscript transcript = await Engine.ReadTranscriptAsync(Key(), limit: null, before: null, default);
        return [.. transcript.Messages.Select(message => JsonElement.Parse(message.Json.Span).GetProperty("parts").EnumerateArray().Last().GetProperty("text").GetString()!)];
    }
}
