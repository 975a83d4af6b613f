using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Conformance;

public abstract partial class SessionStoreConformance
{
    [Fact]
    public async Task RacingCreates_HaveOneWinner()
    {
        for (int round = 0; round < 10; round++)
        {
            SessionKey session = Key($"race{round}");
            CommitOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() =>
                JudgeAsync(Sample.Creation(Sample.Row(session) with { Agent = $"a{i}" })))));
            Assert.Single(outcomes, CommitOutcome.Committed);
            int winner = Array.IndexOf(outcomes, CommitOutcome.Committed);
            Assert.Equal($"a{winner}", (await LoadAsync(session)).Row.Agent);
        }
    }

    [Fact]
    public async Task RacingAppenders_OnOneStream_LeaveNoGapAndLoseNothing()
    {
        StreamId stream = StreamId.In(await CreateAsync());
        await Task.WhenAll(Enumerable.Range(0, 6).Select(writer => Task.Run(async () =>
        {
            for (int i = 0; i < 10; i++)
            {
                await AppendAtTailAsync(stream, $"w{writer}-{i}");
            }
        })));

        Assert.Equal(60, (await Store.GetBoundsAsync(stream, default)).Tail.Value);
        string all = (await ReadAsync(stream))!;
        for (int writer = 0; writer < 6; writer++)
        {
            int last = -1;
            for (int i = 0; i < 10; i++)
            {
                int place = all.IndexOf($"w{writer}-{i} ", StringComparison.Ordinal);
                Assert.True(place > last, $"w{writer}-{i} is missing or out of order.");
                last = place;
            }
        }
    }

    [Fact]
    public async Task Writers_OnManySessions_DoNotDisturbEachOther()
    {
        await Task.WhenAll(Enumerable.Range(0, 30).Select(i => Task.Run(async () =>
        {
            SessionKey session = await CreateAsync($"s{i}");
            long tail = 0;
            for (int round = 0; round < 20; round++)
            {
                RecordBatch batch = Sample.Batch(tail, 1 + ((i + round) % 3), session.Key);
                await CommitAsync(Sample.Append(StreamId.Out(session), batch) with { ExpectedRunVersion = 0 });
                tail = batch.Tail.Value;
                Assert.Equal(tail, (await LoadAsync(session)).Out.Tail.Value);
                Assert.Equal(TextOf(batch), await ReadAsync(StreamId.Out(session), batch.First.Value));
            }

            Assert.Equal(TextOf(Sample.Batch(0, (int)tail, session.Key)), await ReadAsync(StreamId.Out(session)));
        })));
        await RestartAsync();
        for (int i = 0; i < 30; i++)
        {
            long tail = (await LoadAsync(Key($"s{i}"))).Out.Tail.Value;
            Assert.Equal(TextOf(Sample.Batch(0, (int)tail, $"s{i}")), await ReadAsync(StreamId.Out(Key($"s{i}"))));
        }
    }

    [Fact]
    public async Task Lists_BesideOtherLists_SeeEveryCreateBeforeThem()
    {
        await Task.WhenAll(Enumerable.Range(0, 6).Select(writer => Task.Run(async () =>
        {
            for (int i = 0; i < 25; i++)
            {
                SessionKey session = await CreateAsync($"w{writer}-{i}");
                SessionPage page = await Store.ListAsync(new() { Environment = _environment, Now = Sample.Time, ExternalIds = [session.Key] }, default);
                Assert.Equal(session.Key, Assert.Single(page.Rows).Key.Key);
            }
        })));
    }

    [Fact]
    public async Task Readers_BesideAWriter_SeeWholeCommitsOnly()
    {
        SessionKey session = await CreateAsync();
        SessionRow row = Sample.Row(session);
        using var done = new CancellationTokenSource();
        Task[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            long version = 0;
            while (!done.IsCancellationRequested)
            {
                SessionHead head = await LoadAsync(session);
                Assert.True(head.Version >= version, "A version went back.");
                Assert.Equal(head.Version - 1, head.Out.Tail.Value);
                Assert.Equal(head.Version - 2, head.Progress.LastBoundary);
                Assert.Equal(head.Version == 1 ? null : $"a{head.Version}", head.Row.ClosedReason);
                version = head.Version;
                await Task.Yield();
                if (version > 1)
                {
                    Assert.NotNull(await ReadAsync(StreamId.Out(session), version - 2, 1));
                }
            }
        }))];
        for (int version = 1; version <= 100; version++)
        {
            await CommitAsync(new()
            {
                Session = session,
                ExpectedVersion = version,
                Row = row with { ClosedReason = $"a{version + 1}" },
                Appends = [new(StreamId.Out(session), Sample.Batch(version - 1, 1))],
                Progress = new() { LastBoundary = version - 1 },
            });
        }

        await done.CancelAsync();
        await Task.WhenAll(readers);
    }

    private async Task AppendAtTailAsync(StreamId stream, string text)
    {
        while (true)
        {
            StreamBounds bounds = await Store.GetBoundsAsync(stream, default);
            if (await JudgeAsync(Sample.Append(stream, Sample.Batch(bounds.Tail.Value, 1, text))) == CommitOutcome.Committed)
            {
                return;
            }
        }
    }
}
