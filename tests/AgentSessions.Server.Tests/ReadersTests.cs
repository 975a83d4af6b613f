using AgentSessions.Load;
using AgentSessions.Load.Scenarios;
using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Server.Tests;

/// <summary>Promise R15: many readers are cheap, each gets every chunk once, and all is given back when they leave without a word.</summary>
/// <remarks>READERS chooses how many, READER_ABORTS how many leave at once; the long form is 10,000 of each.</remarks>
public sealed class ReadersTests(ITestOutputHelper output) : IDisposable
{
    private const int Turns = 3;
    private const long BytesPerReader = 64 * 1024;

    // What the server takes for itself meanwhile: compiled code, pools.
    private const long Headroom = 8L << 20;
    private static readonly TimeSpan _giveBackLimit = TimeSpan.FromSeconds(30);
    private readonly string _directory = Directory.CreateTempSubdirectory("readers-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task ManyReaders_AreCheap_MissNothing_AndLeaveNothingBehind()
    {
        int readers = TestSetting.Number("READERS", 1000);
        await using ServerProcess server = await ServerProcess.StartAsync(_directory);
        var generator = new LoadGenerator(new LoadTarget { Addresses = [server.BaseUrl], SecretKey = server.SecretKey });
        int files = server.OpenFiles;
        var load = new FanOutLoad
        {
            Readers = 20,
            ChunksPerTurn = 20,
            ChunkDelay = TimeSpan.FromMilliseconds(50),
            Turns = Turns,
            Duration = TimeSpan.FromMinutes(2),
            DrainLimit = TimeSpan.FromMinutes(2),
            SetupLimit = TimeSpan.FromMinutes(5),
        };

        // The first readers cost what the server compiles for them.
        await generator.FanOutAsync(load);
        long before = server.ResidentBytes, with = 0;

        // What they hold while chunks flow counts: at rest buffers are given back.
        LoadResult result = await generator.FanOutAsync(
            load with { Readers = readers },
            new LoadHooks { Progress = progress => with = progress.Chunks > 0 ? Math.Max(with, server.ResidentBytes) : 0 });

        output.WriteLine($"{readers} readers, {(with - before) / readers / 1024} KiB each, {result.Chunks} chunks");
        Assert.Empty(result.Errors);
        Assert.True(result.Order.None, $"{result.Order}");
        Assert.Equal((long)readers * load.ChunksPerTurn * Turns, result.TotalChunks);
        Assert.True(with > before, "Nobody looked while chunks flowed.");
        Assert.True(with - before < (readers * BytesPerReader) + Headroom, $"{(with - before) / readers} bytes a reader.");
        using var limit = new CancellationTokenSource(_giveBackLimit);
        await Eventually.HoldsAsync(() => Task.FromResult(server.OpenFiles), open => open <= files + 20, "files given back", limit.Token);
    }
    [Fact]
    public async Task Readers_ThatLeaveAtOnce_LeaveNothingBehind()
    {
        int aborts = TestSetting.Number("READER_ABORTS", 1000);
        await using ServerProcess server = await ServerProcess.StartAsync(_directory);
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        await client.StartAsync("chat", "echo", CancellationToken.None);
        int files = server.OpenFiles;
        await LeaveAsync(server, 500);
        long before = server.ResidentBytes;

        await LeaveAsync(server, aborts);

        using var limit = new CancellationTokenSource(_giveBackLimit);
        await Eventually.TrueAsync(() => Task.FromResult(server.OpenFiles <= files + 20), "descriptors are back", limit.Token);
        await Eventually.TrueAsync(() => Task.FromResult(server.ResidentBytes < before + Headroom), "memory is back", limit.Token);
        output.WriteLine($"{aborts} readers came and went, memory {before >> 10} to {server.ResidentBytes >> 10} KiB");
        Assert.NotEmpty(await client.AskAsync("chat", "hi", CancellationToken.None));
    }

    /// <summary>Every other one leaves before it is answered.</summary>
    private static Task LeaveAsync(ServerProcess server, int times) => Parallel.ForEachAsync(
        Enumerable.Range(0, times),
        new ParallelOptions { MaxDegreeOfParallelism = 16 },
        async (i, _) =>
        {
            using RawClient reader = await RawClient.ConnectAsync(server.BaseUrl);
            await reader.SendAsync($"GET /realtime/v1/sessions/chat/out HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.SecretKey}\r\n\r\n");
            if (i % 2 == 0)
            {
                await reader.ReadThroughAsync("text/event-stream");
            }
        });
}
