using System.Text;
using System.Text.Json;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Core.Tests.Sessions.Acting;
using AgentSessions.Protocol.Records;
using AgentSessions.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentSessions.Core.Tests.Runs.Writing;

/// <summary>What a run's writer stores, and when, on a host whose processor is busy. The store answers at once.</summary>
public sealed class GatheringTests : IAsyncLifetime
{
    private static readonly TimeSpan _delay = TimeSpan.FromMilliseconds(100);
    private static readonly StreamId _out = StreamId.Out(ActorBench.Key);
    private readonly ActorBench _bench = new();
    private readonly ManualTime _time = new();
    private readonly Gathering _gathering;
    private OutWriter _writer = null!;
    private StreamTail _tail = null!;

    public GatheringTests() => _gathering = new Gathering(_time, () => Delay);

    private TimeSpan Delay { get; set; } = _delay;

    public async Task InitializeAsync()
    {
        await _bench.StartAsync();
        _writer = new OutWriter(
            _bench.Store, _bench.Hub, _bench.Host.Started[^1], _time, new OutWriterOptions { KeepAlive = TimeSpan.Zero }, NullLogger.Instance, default)
        {
            Gathering = _gathering,
        };
        _writer.BeginTurn();
        _tail = _bench.Hub.Open(_out, Cursor.Start, default);
        Assert.Null(await _tail.ReadAsync(TimeSpan.Zero));
    }

    public Task DisposeAsync()
    {
        _tail.Dispose();
        _writer.Dispose();
        _gathering.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Chunks_BehindATurnsFirstWords_AreStoredTogetherWhenTheDelayHasPassed()
    {
        await WriteAsync("first");
        Assert.Equal(["first"], await StoredAsync());

        await WriteAsync("a");
        _time.Advance(_delay / 2);
        await WriteAsync("b");
        Assert.Equal(["first"], await StoredAsync());

        _time.Advance(_delay);
        Assert.Equal(["first", "a", "b"], await StoredAsync());
        Assert.Equal([1, 2], await CommitsAsync());
    }

    [Fact]
    public async Task AChunk_LongAfterTheLastCommit_IsStoredAtOnce()
    {
        await WriteAsync("first");
        _time.Advance(_delay);

        await WriteAsync("a");

        Assert.Equal(["first", "a"], await StoredAsync());
    }

    [Fact]
    public async Task AFlush_TakesWhatIsHeldBack()
    {
        await WriteAsync("first");
        await WriteAsync("a");

        await _writer.FlushAsync();

        Assert.Equal(["first", "a"], await StoredAsync());
    }

    [Fact]
    public async Task ATurnsFirstWords_DoNotWaitForThoseOfTheTurnBefore()
    {
        await WriteAsync("first");
        _writer.EndTurn();
        _writer.BeginTurn();

        await WriteAsync("second");

        Assert.Equal(["first", "second"], await StoredAsync());
    }

    [Fact]
    public async Task WithoutADelay_EveryChunkIsStoredAtOnce()
    {
        Delay = TimeSpan.Zero;
        await WriteAsync("first");
        await WriteAsync("a");

        Assert.Equal(["first", "a"], await StoredAsync());
    }

    private ValueTask WriteAsync(string text) => _writer.AddAsync(Encoding.UTF8.GetBytes($"\"{text}\""), isContent: true);

    private async Task<string[]> StoredAsync() =>
        [.. (await _bench.ReadAsync(_out)).Select(static record => JsonElement.Parse(record.Body).GetProperty("data").GetString()!)];

    /// <summary>How many records each commit brought.</summary>
    private async Task<List<int>> CommitsAsync()
    {
        var counts = new List<int>();
        while (await _tail.ReadAsync(TimeSpan.Zero) is { } batch)
        {
            counts.Add(batch.Count);
        }

        return counts;
    }
}
