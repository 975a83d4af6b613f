using AgentSessions.Core;
using AgentSessions.Core.Runs.Hosting;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Orleans.Placement;
using AgentSessions.Orleans.Settings;
using AgentSessions.Orleans.Tests.Hosting;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Orleans.Tests;

public sealed class FailoverTests : IAsyncLifetime
{
    private TestNodes _nodes = null!;

    public async Task InitializeAsync() => _nodes = await TestNodes.StartAsync(
        3, TestNodesOptions.Of(new OrleansOptions { DrainTime = TimeSpan.FromMilliseconds(200), PollInterval = TimeSpan.FromSeconds(1) }));

    public async Task DisposeAsync() => await _nodes.DisposeAsync();

    [Fact]
    public async Task Kill_InTheMiddleOfATurn_AnotherNodeAnswersUnasked()
    {
        (int host, ISessionEngine other, Task<IReadOnlyList<StreamRecord>> reading) = await BeginTurnAsync("killed");

        await _nodes.KillAsync(host);
        IReadOnlyList<StreamRecord> records = await reading;

        AssertConsecutive(records);
        Assert.EndsWith("18 19 ", Chat.Text(records), StringComparison.Ordinal);
        Assert.Equal(2, (await other.ListRunsAsync(Chat.Key("killed"), 10, CancellationToken.None)).Count);
    }

    [Fact]
    public async Task Leave_InTheMiddleOfATurn_AnotherNodeGoesOnUnasked()
    {
        (int host, _, Task<IReadOnlyList<StreamRecord>> reading) = await BeginTurnAsync("left");

        Task leaving = _nodes.StopAsync(host);
        IReadOnlyList<StreamRecord> records = await reading;
        await leaving;

        AssertConsecutive(records);
        Assert.EndsWith("18 19 ", Chat.Text(records), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leave_JustBeforeAMessage_AnotherNodeAnswersIt()
    {
        string runId = (await _nodes.Engine(0).OpenAsync("late")).RunId;
        await _nodes.Engine(0).SayAsync("late", "one");
        await _nodes.Engine(0).ReadTurnsAsync("late", 1);
        int host = HostOf("late", runId);
        ISessionEngine other = _nodes.Engine((host + 1) % _nodes.Count);
        Task? said = null;
        _nodes.Store(host).Before = commit =>
        {
            // It waits at the session's grain until the end of the run is stored.
            if (commit.Row is { HasLiveRun: false } && commit.Session == Chat.Key("late"))
            {
                said ??= Task.Run(async () => await other.SayAsync("late", "two"));
            }
        };

        Task<IReadOnlyList<StreamRecord>> reading = other.ReadTurnsAsync("late", 2);
        await _nodes.StopAsync(host);

        Assert.EndsWith("two", Chat.Text(await reading).TrimEnd(), StringComparison.Ordinal);
        await said!;
    }

    [Fact]
    public async Task Leave_OfARunWithMoreToAnswer_ItGoesOnElsewhereBeforeTheNodeIsGone()
    {
        (int host, ISessionEngine other, Task<IReadOnlyList<StreamRecord>> reading) = await BeginTurnAsync("more");
        TaskCompletionSource isElsewhere = new(TaskCreationOptions.RunContinuationsAsynchronously);
        for (int i = 0; i < _nodes.Count; i++)
        {
            bool isOther = i != host;
            _nodes.Store(i).Before = commit =>
            {
                if (isOther && commit.Row is { HasLiveRun: true } && commit.Runs.Count > 0)
                {
                    isElsewhere.TrySetResult();
                }
            };
        }

        _nodes.Service<ClusterDrain>(host).Begin();
        Task drained = _nodes.Service<RunHost>(host).StopAsync(TimeSpan.Zero, CancellationToken.None);
        await isElsewhere.Task.WaitAsync(Chat.Limit);
        await drained.WaitAsync(Chat.Limit);

        Assert.EndsWith("18 19 ", Chat.Text(await reading), StringComparison.Ordinal);
    }

    private int HostOf(string id, string runId) =>
        Enumerable.Range(0, _nodes.Count).Single(i => _nodes.Service<RunHost>(i).StatusOf(Chat.Key(id), runId) is not null);

    /// <summary>Starts a slow turn, and waits until it speaks.</summary>
    private async Task<(int Host, ISessionEngine Other, Task<IReadOnlyList<StreamRecord>> Reading)> BeginTurnAsync(string id)
    {
        string runId = (await _nodes.Engine(0).OpenAsync(id, "slow")).RunId;
        await _nodes.Engine(0).SayAsync(id, "go");
        using StreamTail tail = _nodes.Engine(0).OpenTail(StreamId.Out(Chat.Key(id)), Cursor.Start, CancellationToken.None);
        Assert.NotNull(await tail.ReadAsync(Chat.Limit));
        int host = HostOf(id, runId);
        ISessionEngine other = _nodes.Engine((host + 1) % _nodes.Count);
        return (host, other, other.ReadTurnsAsync(id, 1));
    }

    private static void AssertConsecutive(IReadOnlyList<StreamRecord> records) =>
        Assert.Equal(Enumerable.Range(0, records.Count), records.Select(static record => (int)record.Sequence));
}
