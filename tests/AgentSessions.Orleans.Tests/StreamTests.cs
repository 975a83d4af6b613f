using System.Collections.Concurrent;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Orleans.Settings;
using AgentSessions.Orleans.Streams.Direct;
using AgentSessions.Orleans.Tests.Hosting;
using AgentSessions.Protocol.Records;
using AgentSessions.TestServer;
using Orleans.Streams.Filtering;

namespace AgentSessions.Orleans.Tests;

public sealed class StreamTests
{
    [Theory]
    [InlineData(OrleansOptions.Direct)]
    [InlineData(OrleansOptions.MemoryStreams)]
    public async Task SteadyReaders_OnEveryNode_CauseNoReadOfTheStore(string provider)
    {
        await using TestNodes nodes = await TestNodes.StartAsync(
            3, TestNodesOptions.Of(new OrleansOptions { PollInterval = TimeSpan.FromMinutes(10), StreamProvider = provider }));
        await nodes.Engine(0).OpenAsync("steady", "slow");
        var reads = new ConcurrentBag<StreamId>();
        Task<int>[] readers = [.. Enumerable.Range(0, nodes.Count).Select(i => CountBatchesAsync(nodes, i, turns: 2))];
        await nodes.Engine(0).SayAsync("steady", "one");
        await Eventually.HoldsAsync(() => nodes.Engine(0).GetBoundsAsync(_out, CancellationToken.None).AsTask(), static bounds => bounds.Tail.Value > 20, "the answer well begun");
        await nodes.Engine(0).ReadTurnsAsync("steady", 1);
        for (int i = 0; i < nodes.Count; i++)
        {
            nodes.Store(i).Reading = stream =>
            {
                if (stream == _out)
                {
                    reads.Add(stream);
                }
            };
        }

        await nodes.Engine(1).SayAsync("steady", "two");
        int[] batches = await Task.WhenAll(readers);

        // One look for each reader when its node is known to the writer's, which may be late; none for each of twenty commits.
        Assert.All(batches, static count => Assert.NotEqual(0, count));
        Assert.InRange(reads.Count, 0, 6);
    }

    [Theory]
    [InlineData(OrleansOptions.Direct)]
    [InlineData(OrleansOptions.MemoryStreams)]
    public async Task Readers_WhenEveryEventIsLost_GetEverythingFromTheStore(string provider)
    {
        await using TestNodes nodes = await TestNodes.StartAsync(2, Lossy(provider));
        await nodes.Engine(0).OpenAsync("lossy");
        await nodes.Engine(0).SayAsync("lossy", "one");
        IReadOnlyList<StreamRecord>[] read = await Task.WhenAll(nodes.Engine(0).ReadTurnsAsync("lossy", 1), nodes.Engine(1).ReadTurnsAsync("lossy", 1));

        Assert.All(read, static records => Assert.Equal("echo one", Chat.Text(records)));
        Assert.All(read, static records => Assert.Equal(Enumerable.Range(0, records.Count), records.Select(static record => (int)record.Sequence)));
    }

    [Theory]
    [InlineData(OrleansOptions.Direct, false)]
    [InlineData(OrleansOptions.Direct, true)]
    [InlineData(OrleansOptions.MemoryStreams, false)]
    public async Task Delete_WhoseEventIsLost_EndsReadersOnOtherNodes(string provider, bool isUsedAgain)
    {
        await using TestNodes nodes = await TestNodes.StartAsync(2, Lossy(provider));
        await nodes.Engine(0).OpenAsync("gone");
        await nodes.Engine(0).SayAsync("gone", "one");
        using var limit = new CancellationTokenSource(Chat.Limit);
        StreamTail[] tails = [.. Enumerable.Range(0, 2).Select(i => nodes.Engine(i).OpenTail(StreamId.Out(Chat.Key("gone")), Cursor.Start, limit.Token))];
        await Task.WhenAll(tails.Select(static tail => FollowAsync(tail, until: static tail => tail.Position.Value > 1)));

        await nodes.Engine(1).DeleteAsync(Chat.Key("gone"), CancellationToken.None);
        if (isUsedAgain)
        {
            await nodes.Engine(0).OpenAsync("gone");
        }

        await Task.WhenAll(tails.Select(static tail => FollowAsync(tail, until: static tail => tail.IsOver)));
        Array.ForEach(tails, static tail => tail.Dispose());
    }

    [Fact]
    public async Task Cancel_OnOneNode_EndsTheWaitsOfReadersOnOthers()
    {
        TimeSpan never = TimeSpan.FromMinutes(10);
        await using TestNodes nodes = await TestNodes.StartAsync(2, TestNodesOptions.Of(new OrleansOptions { PollInterval = never }));
        StartedSession started = await nodes.Engine(0).OpenAsync("cut");
        using var limit = new CancellationTokenSource(Chat.Limit);
        var stream = StreamId.Out(Chat.Key("cut"));
        StreamTail[] tails = [.. Enumerable.Range(0, nodes.Count).Select(i => nodes.Engine(i).OpenTail(stream, Cursor.Start, limit.Token))];
        for (int i = 0; i < nodes.Count; i++)
        {
            tails[i].EndsWithRun = true;
            StreamFollowers followers = nodes.Service<StreamFollowers>(i);
            await Eventually.HoldsAsync(() => Task.FromResult(followers.HasAny(stream)), static hasAny => hasAny, "the other node's reader known");
        }

        await nodes.Engine(1).CancelRunAsync("default", started.RunId!, limit.Token);

        await Task.WhenAll(tails.Select(async tail =>
        {
            while (await tail.ReadAsync(never) is not null)
            {
                // Records of the run that was cut off.
            }
        }));
        Array.ForEach(tails, static tail => tail.Dispose());
    }

    private static async Task FollowAsync(StreamTail tail, Func<StreamTail, bool> until)
    {
        while (!until(tail))
        {
            await tail.ReadAsync(TimeSpan.FromSeconds(1));
        }
    }

    private static readonly StreamId _out = StreamId.Out(Chat.Key("steady"));

    private static async Task<int> CountBatchesAsync(TestNodes nodes, int node, int turns)
    {
        using var limit = new CancellationTokenSource(Chat.Limit);
        using StreamTail tail = nodes.Engine(node).OpenTail(_out, Cursor.Start, limit.Token);
        int batches = 0;
        while (turns > 0)
        {
            if (await tail.ReadAsync(Chat.Limit) is { } batch)
            {
                batches++;
                turns -= batch.Decode().Count(static record => record.Control == ControlHeaders.TurnComplete);
            }
        }

        return batches;
    }

    /// <summary>Nodes that hear nothing of what others write.</summary>
    private static TestNodesOptions Lossy(string provider) =>
        TestNodesOptions.Of(new OrleansOptions { PollInterval = TimeSpan.FromMilliseconds(100), StreamProvider = provider }) with
        {
            Configure = node =>
            {
                if (provider == OrleansOptions.MemoryStreams)
                {
                    node.AddStreamFilter<DropAll>(provider);
                }

                node.AddOutgoingGrainCallFilter(static call => call.MethodName == nameof(IStreamFollower.ReceiveAsync)
                    ? throw new TimeoutException("Lost.")
                    : call.Invoke());
            },
        };

    private sealed class DropAll : IStreamFilter
    {
        public bool ShouldDeliver(global::Orleans.Runtime.StreamId streamId, object item, string? filterData) => false;
    }
}
