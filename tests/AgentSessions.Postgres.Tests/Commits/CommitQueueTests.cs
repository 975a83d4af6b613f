using AgentSessions.Conformance;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Postgres.Commits;
using AgentSessions.Testing;

namespace AgentSessions.Postgres.Tests.Commits;

/// <summary>Who takes which commits, without a database.</summary>
public sealed class CommitQueueTests : IDisposable
{
    private const int WorthAnotherWriter = 64;
    private static readonly TimeSpan _heldUp = TimeSpan.FromMilliseconds(50);

    private readonly ManualTime _time = new();
    private readonly CommitQueue _queue;

    public CommitQueueTests() => _queue = new CommitQueue(maxCommits: 10_000, maxBytes: 1 << 30, writers: 2, _time);

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task Second_Rests_WhileTheFirstCanTakeWhatComes()
    {
        (List<PendingCommit> group, Task<List<PendingCommit>?> second) = await StartAsync();
        AddMany(1, WorthAnotherWriter - 1);
        Assert.False(second.IsCompleted);

        _queue.Release(group);
        Assert.Equal(WorthAnotherWriter - 1, (await _queue.TakeGroupAsync())!.Count);
        Assert.False(second.IsCompleted);
    }

    [Fact]
    public async Task Second_Comes_WhenManyWait()
    {
        (_, Task<List<PendingCommit>?> second) = await StartAsync();
        AddMany(1, WorthAnotherWriter);
        Assert.Equal(WorthAnotherWriter, (await second)!.Count);
    }

    [Fact]
    public async Task Second_Comes_WhenTheFirstIsHeldUp_AndNobodyAddsAnything()
    {
        (_, Task<List<PendingCommit>?> second) = await StartAsync();
        PendingCommit waiting = Add("1");
        _time.Advance(_heldUp - TimeSpan.FromMilliseconds(1));
        Assert.False(second.IsCompleted);
        _time.Advance(_heldUp);
        Assert.Equal([waiting], (await second)!);
    }

    [Fact]
    public async Task Second_ThatWentToRestBeforeAYoungCommit_ComesForIt_WhenTheFirstIsHeldUp()
    {
        (_, Task<List<PendingCommit>?> second) = await StartAsync();
        Add("1");
        _time.Advance(_heldUp * 2);
        List<PendingCommit> group = (await second)!;
        PendingCommit young = Add("2");
        _queue.Release(group);
        second = _queue.TakeGroupAsync();
        Assert.False(second.IsCompleted);
        _time.Advance(_heldUp * 2);
        Assert.Equal([young], (await second.WaitAsync(TimeSpan.FromSeconds(30)))!);
    }

    [Fact]
    public async Task WhatAGroupTouches_IsHandedOutAfterItWasReleased()
    {
        (List<PendingCommit> group, Task<List<PendingCommit>?> second) = await StartAsync();
        PendingCommit next = Add("0");
        PendingCommit other = Add("1");
        _time.Advance(_heldUp * 2);
        Assert.Equal([other], (await second)!);

        Task<List<PendingCommit>?> third = _queue.TakeGroupAsync();
        Assert.False(third.IsCompleted);
        _queue.Release(group);
        Assert.Equal([next], (await _queue.TakeGroupAsync())!);
    }

    [Fact]
    public async Task State_OfTwoSessions_IsInOneGroupAtATime()
    {
        (List<PendingCommit> group, Task<List<PendingCommit>?> second) = await StartAsync(State("counter"));
        Add("1", State("counter"));
        _time.Advance(_heldUp * 2);
        Assert.False(second.IsCompleted);
        _queue.Release(group);
        Assert.Single((await await Task.WhenAny(_queue.TakeGroupAsync(), second))!);
    }

    [Fact]
    public async Task Close_EndsWhoRests_AndLetsTheOtherFinish()
    {
        (List<PendingCommit> group, Task<List<PendingCommit>?> second) = await StartAsync();
        Add("1");
        _queue.Close();
        Assert.Null(await second);
        _queue.Release(group);
        Assert.Single((await _queue.TakeGroupAsync())!);
        Assert.Null(await _queue.TakeGroupAsync());
        Assert.Throws<ObjectDisposedException>(() => Add("2"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task EveryCommit_IsHandedOutOnce_InTheOrderOfItsSession_AndTouchesNothingInWork(int seed)
    {
        const int Commits = 20_000;
        var random = new Random(seed);
        using var queue = new CommitQueue(Commits, maxBytes: 1 << 30, writers: 3, TimeProvider.System);
        var gate = new Lock();
        var added = new Dictionary<SessionKey, Queue<PendingCommit>>();
        var inWork = new HashSet<object>();
        int handedOut = 0;

        async Task WorkAsync()
        {
            while (await queue.TakeGroupAsync() is { } group)
            {
                lock (gate)
                {
                    handedOut += group.Count;
                    Assert.All(group, commit => Assert.Same(added[commit.Commit.Session].Dequeue(), commit));
                    Assert.All(group.SelectMany(static commit => commit.Touched), touched => Assert.True(inWork.Add(touched), $"{touched} is in work twice"));
                }

                await Task.Yield();
                lock (gate)
                {
                    inWork.ExceptWith(group.SelectMany(static commit => commit.Touched));
                }

                queue.Release(group);
            }
        }

        Task[] writers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(WorkAsync))];
        for (int left = Commits; left > 0; left--)
        {
            PendingCommit commit = Make($"{random.Next(200)}", random.Next(4) == 0 ? [State($"{random.Next(5)}")] : []);
            lock (gate)
            {
                SessionKey session = commit.Commit.Session;
                added.TryAdd(session, new Queue<PendingCommit>());
                added[session].Enqueue(commit);
                queue.Add(commit);
            }

            if (random.Next(100) == 0)
            {
                await Task.Yield();
            }
        }

        queue.Close();
        await Task.WhenAll(writers);
        Assert.Equal(Commits, handedOut);
    }

    /// <summary>The first writer has the commit of session 0, the second rests.</summary>
    private async Task<(List<PendingCommit> Group, Task<List<PendingCommit>?> Second)> StartAsync(params StatePut[] states)
    {
        Task<List<PendingCommit>?> first = _queue.TakeGroupAsync();
        Task<List<PendingCommit>?> second = _queue.TakeGroupAsync();
        PendingCommit only = Add("0", states);
        Task<List<PendingCommit>?> taker = await Task.WhenAny(first, second);
        Assert.Equal([only], (await taker)!);
        return ((await taker)!, taker == first ? second : first);
    }

    private static StatePut State(string name) => new(new StateKey("env", "app", name), default);

    private void AddMany(int first, int count)
    {
        foreach (int session in Enumerable.Range(first, count))
        {
            Add($"{session}");
        }
    }

    private PendingCommit Add(string session, params StatePut[] states)
    {
        PendingCommit commit = Make(session, states);
        _queue.Add(commit);
        return commit;
    }

    private PendingCommit Make(string session, StatePut[] states) =>
        new(Sample.Append(StreamId.Out(new SessionKey("env", session)), Sample.Batch(0, 1)) with { States = states }, _time.GetTimestamp(), CancellationToken.None);
}
