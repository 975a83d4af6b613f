using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Core.Tests.Sessions.Acting;
using AgentSessions.Protocol.Records;
using AgentSessions.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentSessions.Core.Tests.Runs.Writing;

/// <summary>Times of <c>out</c> when the clock of a run's host is behind that of whoever wrote before it.</summary>
public sealed class OutTimesTests : IDisposable
{
    private static readonly StreamId _out = StreamId.Out(ActorBench.Key);
    private readonly ActorBench _bench = new();
    private readonly ManualTime _behind = new();
    private OutWriter? _writer;

    public void Dispose() => _writer?.Dispose();

    [Fact]
    public async Task ARunOnAHostWhoseClockIsBehind_WritesNoEarlierTime_AndReadersGetItAtOnce()
    {
        await _bench.StartAsync();
        await AppendBesideAsync();
        using StreamTail tail = _bench.Hub.Open(_out, Cursor.Start, default);
        await AppendBesideAsync();
        while (tail.Position < new Cursor(2))
        {
            Assert.NotNull(await tail.ReadAsync(TimeSpan.Zero));
        }

        _bench.Crash();
        await _bench.StartAsync();
        await WriteAsync();

        Assert.Equal(3, tail.TryRead()?.Tail.Value);
        await AssertTimesAsync(3);
    }

    [Fact]
    public async Task RecordsNumberedAgainBehindOthers_GetNoEarlierTime()
    {
        await _bench.StartAsync();
        await WriteAsync();
        await AppendBesideAsync();

        await WriteAsync();
        await WriteAsync();

        await AssertTimesAsync(4);
    }

    private async Task WriteAsync()
    {
        _writer ??= new OutWriter(
            _bench.Store, _bench.Hub, _bench.Host.Started[^1], _behind, new OutWriterOptions { KeepAlive = TimeSpan.Zero }, NullLogger.Instance, default);
        await _writer.AddAsync("{}"u8, isContent: true);
        await _writer.FlushAsync();
    }

    /// <summary>Appends as the session's owner may, on a host whose clock is right.</summary>
    private async Task AppendBesideAsync() =>
        await _bench.Actor.AppendRecordsAsync(_out, [new NewRecord("{\"data\":1,\"id\":\"x\"}"u8.ToArray(), [])], expectedTail: null, default);

    private async Task AssertTimesAsync(int records)
    {
        long[] times = [.. (await _bench.ReadAsync(_out)).Select(static record => record.Timestamp)];
        Assert.Equal(records, times.Length);
        Assert.Equal(times.Order(), times);
    }
}
