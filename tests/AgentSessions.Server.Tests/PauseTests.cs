using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Server.Tests;

/// <summary>Promise R9: a server that is stopped in the middle of anything (SIGSTOP) and goes on later still owns what it owned, and nobody else can.</summary>
/// <remarks>PAUSE_CYCLES and PAUSE_SEED choose the length and the moments; the long form is 200 cycles.</remarks>
public sealed class PauseTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pause-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task SigStop_InALoop_LosesDoublesAndReordersNothing()
    {
        int cycles = TestSetting.Number("PAUSE_CYCLES", 5);
        int seed = TestSetting.Number("PAUSE_SEED", Environment.TickCount);
        output.WriteLine($"PAUSE_SEED={seed} PAUSE_CYCLES={cycles}");
        var random = new Random(seed);
        await using ServerProcess server = await ServerProcess.StartAsync(_directory);
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        using LoadUnderFire load = LoadUnderFire.Start(client, TimeSpan.FromMinutes(5));
        for (int cycle = 0; cycle < cycles; cycle++)
        {
            await load.MoveAsync();
            await Task.Delay(random.Next(0, 100), load.Limit);
            await server.SignalAsync("STOP");
            try
            {
                if (cycle == 0)
                {
                    // Who is stopped is not gone: its files stay its own.
                    InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => ServerProcess.StartAsync(_directory));
                    Assert.Contains("AgentSessions cannot start", refused.Message, StringComparison.Ordinal);
                }

                await Task.Delay(random.Next(0, 400), load.Limit);
            }
            finally
            {
                await server.SignalAsync("CONT");
            }
        }

        await load.EndAsync();
        Assert.Equal(0, load.BrokenOff);
        Assert.True(load.TurnsWithOtherTokens.Count == 0, string.Join('\n', load.TurnsWithOtherTokens));
        output.WriteLine($"{cycles} pauses, {load}");
    }
}
