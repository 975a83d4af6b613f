using AgentSessions.Benchmarks.Baseline;
using AgentSessions.Load.Scenarios;
using Microsoft.AspNetCore.Builder;

namespace AgentSessions.Load.Tests;

/// <summary>Every kind of load against the baseline server, in this process and on a real socket.</summary>
public sealed class LoadGeneratorTests : IAsyncLifetime
{
    // So long that the first requests of a process on a machine that stalls are answered within it.
    private static readonly TimeSpan _phase = TimeSpan.FromSeconds(2);

    private readonly WebApplication _server = BaselineServer.Create("http://127.0.0.1:0");
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(3));

    private LoadGenerator Generator => new(new LoadTarget { Addresses = [new Uri(_server.Urls.First())], SecretKey = "tr_dev_test" });

    public Task InitializeAsync() => _server.StartAsync(_limit.Token);

    public async Task DisposeAsync()
    {
        using CancellationTokenSource now = new();
        await now.CancelAsync();
        await _server.StopAsync(now.Token);
        await _server.DisposeAsync();
        _limit.Dispose();
    }

    [Fact]
    public async Task TakeTurns_BoundedByCount_SeesEveryChunkOnce()
    {
        LoadResult result = await Generator.TakeTurnsAsync(new TurnLoad { Sessions = 8, ChunksPerTurn = 300, TurnsPerSession = 5 }, cancellationToken: _limit.Token);

        Assert.Equal(8 * 5 * 300, result.Chunks);
        Assert.Equal(8 * 5, result.Turns);
        Assert.Equal(40, result.Turn.Count);
        Assert.Equal(40, result.FirstChunk.Count);
        Assert.Equal(40, result.Append.Count);
        Clean(result);
    }

    [Fact]
    public async Task TakeTurns_Paced_TakesTheTimeOfItsDelays()
    {
        LoadResult result = await Generator.TakeTurnsAsync(
            new TurnLoad { Sessions = 2, ChunksPerTurn = 10, ChunkDelay = TimeSpan.FromMilliseconds(20), TurnsPerSession = 1 }, cancellationToken: _limit.Token);

        Assert.Equal(20, result.Chunks);
        Assert.InRange(result.Turn.P50, TimeSpan.FromMilliseconds(150), TimeSpan.FromSeconds(30));
        Clean(result);
    }

    [Fact]
    public async Task TakeTurns_BoundedByTime_EndsAndReportsOnTheWay()
    {
        List<LoadPhase> phases = [];
        int started = 0, ended = 0;
        LoadHooks hooks = new() { Progress = progress => phases.Add(progress.Phase), MeasureStarted = () => started++, MeasureEnded = () => ended++ };

        LoadResult result = await Generator.TakeTurnsAsync(
            new TurnLoad { Sessions = 2, ChunksPerTurn = 10, Warmup = _phase, Duration = _phase }, hooks, _limit.Token);

        Assert.InRange(result.Window, 0.95 * _phase, TimeSpan.FromSeconds(30));
        Assert.True(result.Chunks > 0);
        Assert.True(result.TotalChunks > result.Chunks);
        Assert.Equal([LoadPhase.Setup, LoadPhase.Warmup, LoadPhase.Measure, LoadPhase.Drain], phases.Distinct());
        Assert.Equal((1, 1), (started, ended));
        Clean(result);
    }

    [Fact]
    public async Task TakeTurns_CancelledWhileMeasuring_ReturnsWhatItHas()
    {
        using CancellationTokenSource cancel = new();
        LoadHooks hooks = new()
        {
            Progress = progress =>
            {
                if (progress is { Phase: LoadPhase.Measure, Chunks: > 0 })
                {
                    cancel.Cancel();
                }
            },
        };

        LoadResult result = await Generator.TakeTurnsAsync(
            new TurnLoad { Sessions = 1, ChunksPerTurn = 100_000, ChunkDelay = TimeSpan.FromMilliseconds(10), Duration = TimeSpan.FromMinutes(5) }, hooks, cancel.Token);

        Assert.True(result.Window < TimeSpan.FromMinutes(1));
        Assert.Equal(1, result.Errors["turn unfinished"]);
    }

    [Fact]
    public async Task Replay_FinishedTurn_SeesItWholeEachTime()
    {
        LoadResult result = await Generator.ReplayAsync(new ReplayLoad { Readers = 3, ChunksPerTurn = 1_000, Replays = 12 }, cancellationToken: _limit.Token);

        Assert.Equal(12, result.Turns);
        Assert.Equal(12_000, result.Chunks);
        Clean(result);
    }

    [Fact]
    public async Task FanOut_ManyReaders_EachSeesEveryChunk()
    {
        LoadResult result = await Generator.FanOutAsync(
            new FanOutLoad { Readers = 20, ChunksPerTurn = 5, ChunkDelay = TimeSpan.FromMilliseconds(5), Turns = 2 }, cancellationToken: _limit.Token);

        Assert.Equal(2, result.Turns);
        Assert.Equal(20 * 5 * 2, result.Chunks);
        Clean(result);
    }

    [Fact]
    public async Task Idle_SessionsAndReaders_AreHeldWithoutAWord()
    {
        long ready = 0;
        LoadHooks hooks = new() { Progress = progress => ready = progress.Ready };

        LoadResult result = await Generator.IdleAsync(new IdleLoad { Sessions = 30, Readers = 10, Duration = TimeSpan.FromMilliseconds(50) }, hooks, _limit.Token);

        Assert.Equal(40, ready);
        Assert.Equal(30, result.Request.Count);
        Clean(result);
    }

    [Fact]
    public async Task List_Callers_AreTimed()
    {
        LoadResult result = await Generator.ListAsync(new ListLoad { Callers = 2, Duration = _phase }, cancellationToken: _limit.Token);

        Assert.True(result.Request.Count > 0);
        Clean(result);
    }

    [Fact]
    public async Task TakeTurns_NobodyListens_FailsInSetUp()
    {
        LoadGenerator generator = new(new LoadTarget { Addresses = [new Uri("http://127.0.0.1:1")], SecretKey = "tr_dev_test" });

        await Assert.ThrowsAsync<LoadException>(() => generator.TakeTurnsAsync(new TurnLoad { Sessions = 2 }, cancellationToken: _limit.Token));
    }

    private static void Clean(LoadResult result)
    {
        Assert.Empty(result.Errors);
        Assert.True(result.Order.None, $"{result.Order}");
    }
}
