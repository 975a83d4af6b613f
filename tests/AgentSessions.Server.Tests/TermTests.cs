using System.Diagnostics;
using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Server.Tests;

/// <summary>Promise R23: a server that is asked to leave (SIGTERM) in the middle of anything ends what it has begun, leaves in time, and its successor answers the rest.</summary>
/// <remarks>TERM_CYCLES and TERM_SEED choose the length and the moments; the long form is 100 cycles.</remarks>
public sealed class TermTests(ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan _longestLeave = TimeSpan.FromSeconds(30);

    private readonly string _directory = Directory.CreateTempSubdirectory("term-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task SigTerm_InALoop_LeavesInTimeAndAnswersEveryMessageOnce()
    {
        int cycles = TestSetting.Number("TERM_CYCLES", 5);
        int seed = TestSetting.Number("TERM_SEED", Environment.TickCount);
        output.WriteLine($"TERM_SEED={seed} TERM_CYCLES={cycles}");
        var random = new Random(seed);
        await using ServerProcess server = await ServerProcess.StartAsync(_directory);
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        using LoadUnderFire load = LoadUnderFire.Start(client, TimeSpan.FromMinutes(5));
        var slowest = TimeSpan.Zero;
        for (int cycle = 0; cycle < cycles; cycle++)
        {
            // Most signals fall into work, however slow the machine; every fifth into a start.
            if (cycle % 5 != 4)
            {
                await load.MoveAsync();
            }

            await Task.Delay(random.Next(0, 300), load.Limit);
            long asked = Stopwatch.GetTimestamp();
            int code = await server.StopAsync(_longestLeave);
            TimeSpan taken = Stopwatch.GetElapsedTime(asked);
            slowest = taken > slowest ? taken : slowest;
            Assert.True(code == 0, $"The server left with {code}:\n{server.Log}");
            await server.StartAsync();
        }

        await load.EndAsync();

        // Turns of a tenth of a second end within their grace, so none was cut off and begun again.
        Assert.Equal(0, load.BrokenOff);
        Assert.True(load.TurnsWithOtherTokens.Count == 0, string.Join('\n', load.TurnsWithOtherTokens));
        output.WriteLine($"{cycles} times asked to leave, gone after {slowest.TotalSeconds:F1} s at most, {load}");
    }
}
