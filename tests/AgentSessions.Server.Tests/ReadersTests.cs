using AgentSessions.Load;
using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Server.Tests;

/// <summary>Promise R15: many readers are cheap, each gets every chunk once, and all is given back when they leave without a word.</summary>
/// <remarks>READERS chooses how many; the long form is 10,000.</remarks>
public sealed class ReadersTests(ITestOutputHelper output) : IDisposable
{
    private const long BytesPerReader = 64 * 1024;

    // What a server that just started takes for itself meanwhile: compiled code, pools.
    private const long Headroom = 64L << 20;
    private static readonly TimeSpan _giveBackLimit = TimeSpan.FromSeconds(60);
    private readonly string _directory = Directory.CreateTempSubdirectory("readers-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task ManyReaders_AreCheap_MissNothing_AndLeaveNothingBehind()
    {
        int readers = int.Parse(Environment.GetEnvironmentVariable("READERS") ?? "300");
        await using ServerProcess server = await ServerProcess.StartAsync(_directory);
        var generator = new LoadGenerator(new LoadTarget { Addresses = [server.BaseUrl], SecretKey = server.SecretKey });
        int files = server.OpenFiles;
        long before = server.ResidentBytes, with = 0;

        LoadResult result = await generator.FanOutAsync(
            new FanOutLoad
            {
                Readers = readers,
                ChunksPerTurn = 10,
                ChunkDelay = TimeSpan.FromMilliseconds(50),
                Turns = 2,
                Duration = TimeSpan.FromMinutes(2),
                DrainLimit = TimeSpan.FromMinutes(2),
                SetupLimit = TimeSpan.FromMinutes(5),
            },
            new LoadHooks { MeasureStarted = () => with = server.ResidentBytes });

        output.WriteLine($"{readers} readers, {(with - before) / readers / 1024} KiB each, {result.Chunks} chunks");
        Assert.Empty(result.Errors);
        Assert.True(result.Order.None, $"{result.Order}");
        Assert.Equal(2 * 10 * readers, result.TotalChunks);
        Assert.True(with - before < (readers * BytesPerReader) + Headroom, $"{(with - before) / readers} bytes a reader.");
        using var limit = new CancellationTokenSource(_giveBackLimit);
        while (server.OpenFiles > files + 20)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), limit.Token);
        }
    }
}
