using System.Diagnostics;
using AgentSessions.Load;
using AgentSessions.Load.Scenarios;
using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Server.Tests;

/// <summary>Promise R14: readers that never read and readers whose machine is gone cost bounded memory, hold up nobody, and are cut.</summary>
/// <remarks>STUCK_SECONDS chooses how long others are measured beside them; from 60 on, the long form, with the server's own time limits.</remarks>
public sealed class StuckReadersTests(ITestOutputHelper output) : IDisposable
{
    private const int Readers = 50;
    private const int Chunks = 5000;
    private const long MostExtraBytes = 128L << 20;
    private static readonly TimeSpan _noticedWithin = TimeSpan.FromSeconds(60);

    // A machine that also runs other tests lets some appends wait in any few seconds; one held up by a reader waits for the write timeout.
    private static readonly TimeSpan _noise = TimeSpan.FromMilliseconds(2500);

    // What readers hold is measured, not how much garbage the server lets lie, which alone would be as much as they may cost.
    private static readonly string[] _littleRoom = ["env", "DOTNET_GCgen0size=0x1000000"];

    private static readonly string[] _shortLimits =
    [
        "--AgentSessions:Streaming:PingInterval=00:00:01",
        "--AgentSessions:Streaming:WriteTimeout=00:00:03",
        "--AgentSessions:Connections:UnacknowledgedTimeout=00:00:03",
    ];

    private readonly string _directory = Directory.CreateTempSubdirectory("stuck-").FullName;
    private long _floodedTo = -1;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task ReadersThatNeverRead_CostLittle_HoldUpNobody_AndAreCut()
    {
        int seconds = TestSetting.Number("STUCK_SECONDS", 4);
        bool isLong = seconds >= 60;
        await using ServerProcess server = await ServerProcess.StartAsync(_directory, _littleRoom, isLong ? [] : _shortLimits);
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        await client.StartAsync("flood", "load", CancellationToken.None);
        await client.StartAsync("quiet", "load", CancellationToken.None);
        int files = server.OpenFiles;
        await LoadAsync(server, client, 2);
        (LatencySummary alone, long least) = await LoadAsync(server, client, seconds);
        RawClient[] readers =
        [
            .. await Task.WhenAll(Enumerable.Range(0, Readers).Select(_ => FollowAsync(server, "flood"))),
            .. await Task.WhenAll(Enumerable.Range(0, Readers).Select(_ => FollowAsync(server, "quiet"))),
        ];
        try
        {
            // Those of the chat that says nothing would only get what shows that the stream lives.
            foreach (RawClient reader in readers[Readers..])
            {
                reader.LosePower();
            }

            long began = Stopwatch.GetTimestamp();
            (LatencySummary beside, long most) = await LoadAsync(server, client, seconds);

            using var noticed = new CancellationTokenSource(_noticedWithin);
            await Eventually.TrueAsync(() => Task.FromResult(server.OpenFiles <= files + 20), "all of them are cut", noticed.Token);

            output.WriteLine(
                $"append p99 {alone.P99.TotalMilliseconds:F1} ms alone, {beside.P99.TotalMilliseconds:F1} ms beside them, "
                + $"{(most - least) >> 20} MiB more than {least >> 20}, all cut after {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s at most");
            Assert.True(most - least < MostExtraBytes, $"{Readers} readers that never read took {(most - least) >> 20} MiB.");
            Assert.True(beside.P99 < 2 * alone.P99 || (!isLong && beside.P99 < _noise), $"Appends took {beside.P99} beside them, {alone.P99} alone.");
        }
        finally
        {
            foreach (RawClient reader in readers)
            {
                reader.Dispose();
            }
        }
    }

    private static async Task<RawClient> FollowAsync(ServerProcess server, string chat)
    {
        RawClient reader = await RawClient.ConnectAsync(server.BaseUrl, receiveBuffer: 4096);
        await reader.SendAsync($"GET /realtime/v1/sessions/{chat}/out HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.SecretKey}\r\nTimeout-Seconds: 600\r\n\r\n");
        await reader.ReadThroughAsync("text/event-stream");
        return reader;
    }

    /// <summary>One chat says half a megabyte at a time, with a reader that keeps up, beside others that say little.</summary>
    /// <returns>How long appends of the others took, and the most memory that the server held.</returns>
    private async Task<(LatencySummary Append, long Memory)> LoadAsync(ServerProcess server, WireClient client, int seconds)
    {
        long most = 0;
        var generator = new LoadGenerator(new LoadTarget { Addresses = [server.BaseUrl], SecretKey = server.SecretKey });
        Task<LoadResult> others = generator.TakeTurnsAsync(
            new TurnLoad { Sessions = 20, ChunksPerTurn = 5, ChunkDelay = TimeSpan.FromMilliseconds(20), RampUp = TimeSpan.FromMilliseconds(100), Duration = TimeSpan.FromSeconds(seconds) });
        while (!others.IsCompleted)
        {
            IReadOnlyList<WireRecord> said = await client.AskAsync("flood", $"go {Chunks} 0", _floodedTo, CancellationToken.None);
            Assert.Equal(Enumerable.Range(1, said.Count).Select(i => _floodedTo + i), said.Select(static record => record.Sequence));
            Assert.Equal(Chunks, said.Count(static record => record.Delta is not null));
            _floodedTo = said[^1].Sequence;
            most = Math.Max(most, server.ResidentBytes);
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }

        LoadResult result = await others;
        Assert.Empty(result.Errors);
        Assert.True(result.Order.None, $"{result.Order}");
        return (result.Append, most);
    }
}
