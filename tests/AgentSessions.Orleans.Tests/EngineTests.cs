using AgentSessions.Core.Nodes;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Orleans.Streams.Direct;
using AgentSessions.Orleans.Tests.Hosting;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using AgentSessions.TestServer;

namespace AgentSessions.Orleans.Tests;

public sealed class EngineTests : IAsyncLifetime
{
    private TestNodes _nodes = null!;

    public async Task InitializeAsync() => _nodes = await TestNodes.StartAsync(3);

    public async Task DisposeAsync() => await _nodes.DisposeAsync();

    [Fact]
    public async Task Append_ThroughAnyNode_IsAnsweredAndReadThroughAnother()
    {
        await _nodes.Engine(0).OpenAsync("hello");
        await _nodes.Engine(1).SayAsync("hello", "one");
        IReadOnlyList<StreamRecord> first = await _nodes.Engine(2).ReadTurnsAsync("hello", 1);
        await _nodes.Engine(2).SayAsync("hello", "two");

        // What is before the last boundary but one is trimmed at any moment.
        IReadOnlyList<StreamRecord> second = await _nodes.Engine(0).ReadTurnsAsync("hello", 1, Cursor.After(first[^1].Sequence));

        Assert.Equal("echo one", Chat.Text(first));
        Assert.Equal("echo two", Chat.Text(second));
        Assert.Single(await _nodes.Engine(1).ListRunsAsync(Chat.Key("hello"), 10, CancellationToken.None));
    }

    [Fact]
    public async Task Start_WhenManyNodesRace_MakesOneSessionAndOneRun()
    {
        StartedSession[] started = await Task.WhenAll(
            Enumerable.Range(0, 30).Select(i => _nodes.Engine(i % 3).OpenAsync("race").AsTask()));

        Assert.Single(started, static start => !start.IsCached);
        Assert.Single(started.Select(static start => start.RunId).Distinct());
    }

    [Fact]
    public async Task Append_WhenRepeatedThroughAnotherNode_IsStoredOnce()
    {
        await _nodes.Engine(0).OpenAsync("again");
        AppendedRecord first = await _nodes.Engine(0).SayAsync("again", "once", "part-1");
        AppendedRecord repeat = await _nodes.Engine(1).SayAsync("again", "once", "part-1");

        Assert.False(first.IsRepeat);
        Assert.True(repeat.IsRepeat);
        Assert.Equal(first.Sequence, repeat.Sequence);
    }

    [Fact]
    public async Task Failures_ComeBackAsTheyWereThrown()
    {
        var missing = await Assert.ThrowsAsync<SessionException>(async () => await _nodes.Engine(0).SayAsync("nobody", "x"));
        var unknown = await Assert.ThrowsAsync<SessionException>(async () => await _nodes.Engine(1).OpenAsync("x", agent: "nothing"));
        await _nodes.Engine(0).OpenAsync("closing");
        await _nodes.Engine(1).CloseAsync(Chat.Key("closing"), "done", null, CancellationToken.None);
        var closed = await Assert.ThrowsAsync<SessionException>(async () => await _nodes.Engine(2).SayAsync("closing", "x"));

        Assert.Equal(SessionErrorCode.SessionNotFound, missing.Code);
        Assert.Equal(SessionErrorCode.UnknownAgent, unknown.Code);
        Assert.Equal(SessionErrorCode.SessionClosed, closed.Code);
        Assert.Equal("done", closed.ClosedReason);
    }

    [Fact]
    public async Task Cancel_EndsTheRunWhereverItIs()
    {
        StartedSession started = await _nodes.Engine(0).OpenAsync("stop", "slow");
        await _nodes.Engine(0).SayAsync("stop", "go");
        using StreamTail tail = _nodes.Engine(1).OpenTail(StreamId.Out(Chat.Key("stop")), Cursor.Start, CancellationToken.None);
        Assert.NotNull(await tail.ReadAsync(Chat.Limit));

        RunRow[] seen = await Task.WhenAll(
            Enumerable.Range(0, 3).Select(async i => (await _nodes.Engine(i).FindRunAsync("default", started.RunId, CancellationToken.None))!));
        RunRow ended = await _nodes.Engine(2).CancelRunAsync("default", started.RunId, CancellationToken.None);

        Assert.All(seen, static run => Assert.Equal(RunStatus.Executing, run.Status));
        Assert.Equal(RunStatus.Canceled, ended.Status);
    }

    [Fact]
    public async Task Nodes_ListEachOther_WithWhatLivesOnThem()
    {
        await _nodes.Engine(0).OpenAsync("somewhere", "slow");
        await _nodes.Engine(0).SayAsync("somewhere", "go");
        using StreamTail tail = _nodes.Engine(1).OpenTail(StreamId.Out(Chat.Key("somewhere")), Cursor.Start, CancellationToken.None);
        Assert.NotNull(await tail.ReadAsync(Chat.Limit));

        IReadOnlyList<NodeInfo> nodes = await Eventually.HoldsAsync(
            async () => await _nodes.Service<INodeDirectory>(1).ListAsync(CancellationToken.None),
            static nodes => nodes.Sum(static node => node.Turns ?? 0) == 1,
            "the turn, on one node");

        Assert.Equal(3, nodes.Select(static node => node.Name).Distinct().Count());
        Assert.Single(nodes, static node => node.IsThis);
        Assert.All(nodes, static node => Assert.Equal("active", node.State));
        Assert.True(nodes.Sum(static node => node.Sessions ?? 0) >= 1);
        Assert.All(nodes, static node => Assert.True(node.MemoryBytes > 0 && node.LastHour is not null, node.Name));
    }

    [Fact]
    public async Task Drain_IsAskedOfAnyNode_AndBeginsOnTheNamedOne()
    {
        INodeDirectory directory = _nodes.Service<INodeDirectory>(0);
        NodeInfo other = (await directory.ListAsync(CancellationToken.None)).First(static node => !node.IsThis);

        Assert.True(await directory.DrainAsync(other.Name, CancellationToken.None));
        Assert.False(await directory.DrainAsync("nobody", CancellationToken.None));

        IReadOnlyList<NodeInfo> nodes = await Eventually.HoldsAsync(
            async () => await directory.ListAsync(CancellationToken.None),
            nodes => nodes.All(node => node.Name != other.Name || node.State == "draining"),
            "the node that drains");
        Assert.All(nodes.Where(node => node.Name != other.Name), static node => Assert.Equal("active", node.State));
    }

    [Fact]
    public async Task Expiry_EndsTheRun()
    {
        StartedSession started = await _nodes.Engine(0).OpenAsync("brief", expiresAt: DateTimeOffset.UtcNow.AddSeconds(1));

        RunRow ended = await Eventually.HoldsAsync(
            async () => (await _nodes.Engine(1).FindRunAsync("default", started.RunId, CancellationToken.None))!, static run => run.IsFinal, "the run's end");

        Assert.Equal(RunStatus.Expired, ended.Status);
    }

    [Fact]
    public async Task Delete_ReachesReadersOnOtherNodes()
    {
        using var limit = new CancellationTokenSource(Chat.Limit);
        using StreamTail tail = _nodes.Engine(1).OpenTail(StreamId.Out(Chat.Key("gone")), Cursor.Start, limit.Token);
        await _nodes.Engine(0).OpenAsync("gone");
        await _nodes.Engine(0).SayAsync("gone", "one");
        Assert.Equal("echo one", Chat.Text(await _nodes.Engine(1).ReadTurnsAsync("gone", 1)));
        Assert.NotNull(await tail.ReadAsync(Chat.Limit));

        // Nodes that have just come tell each other late what they follow. Of a session that fills its place at once a reader hears by this news only.
        int[] others = [0, 2];
        await Eventually.TrueAsync(
            () => Task.FromResult(others.All(node => _nodes.Service<StreamFollowers>(node).HasAny(StreamId.Out(Chat.Key("gone"))))),
            "the other nodes know of the reader");
        Assert.True(await _nodes.Engine(2).DeleteAsync(Chat.Key("gone"), CancellationToken.None));
        await _nodes.Engine(0).OpenAsync("gone");
        await _nodes.Engine(0).SayAsync("gone", "two");
        while (!tail.IsOver)
        {
            await tail.ReadAsync(Chat.Limit);
        }

        Assert.Equal("echo two", Chat.Text(await _nodes.Engine(1).ReadTurnsAsync("gone", 1)));
    }
}
