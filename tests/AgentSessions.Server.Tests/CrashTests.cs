using System.Diagnostics;
using System.Net;
using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Server.Tests;

/// <summary>Promises R1, R3 to R8 and R11: SIGKILL at seeded moments loses, doubles and reorders nothing, and opens nothing that was closed.</summary>
/// <remarks>
/// CRASH_CYCLES and CRASH_SEED choose the length and the moments; the long form is 500 cycles, and only it is held to the promised times.
/// With CRASH_APPENDS it goes on until so many appends are acknowledged and a quarter as many repeated; CRASH_CHATS chooses how many chats, and so
/// how many appends are on their way at a kill.
/// </remarks>
public sealed class CrashTests(ITestOutputHelper output) : IDisposable
{
    private const string Length = "CRASH_CYCLES";

    private static readonly TimeSpan _recovery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _settled = TimeSpan.FromSeconds(60);

    // Beside three starts, which take as long as they do on this machine.
    private static readonly TimeSpan _settledInShort = TimeSpan.FromSeconds(10);

    private readonly string _directory = Directory.CreateTempSubdirectory("crash-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task KillMinus9_LosesDoublesAndReordersNothing()
    {
        int cycles = TestSetting.Number(Length, 25);
        int seed = TestSetting.Number("CRASH_SEED", Environment.TickCount);
        int appends = TestSetting.Number("CRASH_APPENDS", 0);
        int chats = TestSetting.Number("CRASH_CHATS", LoadUnderFire.Chats);
        output.WriteLine($"CRASH_SEED={seed} CRASH_CYCLES={cycles} CRASH_APPENDS={appends} CRASH_CHATS={chats}");
        var random = new Random(seed);
        await using ServerProcess server = await ServerProcess.StartAsync(_directory);
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        using LoadUnderFire load = LoadUnderFire.Start(client, TimeSpan.FromMinutes(5), chats: chats);
        var slowestStart = TimeSpan.Zero;
        int cycle = 0;
        for (; cycle < cycles || load.Acknowledged < appends || load.Repeats < appends / 4; cycle++)
        {
            // Most kills fall into work, however slow the machine, right behind the answer to a close; every fifth into a start.
            bool isStart = cycle % 5 == 4;
            if (!isStart)
            {
                await load.MoveAsync();
            }

            await Task.Delay(random.Next(0, 300), load.Limit);
            string closed = $"closed-{cycle}";
            if (!isStart)
            {
                await client.StartAsync(closed, "echo", load.Limit);
                await client.CloseAsync(closed, load.Limit);
            }

            await server.KillAsync();
            load.Killed();
            long started = Stopwatch.GetTimestamp();
            await server.StartAsync();
            slowestStart = TimeSpan.FromTicks(Math.Max(slowestStart.Ticks, Stopwatch.GetElapsedTime(started).Ticks));
            if (!isStart)
            {
                HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(() => client.SendAsync(closed, "too late", closed, load.Limit));
                Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
            }
        }

        await EndAsync(load, server);
        output.WriteLine(
            $"{cycle} kills, {load}; from kill to answer p99 {load.RecoveryP99.TotalSeconds:F1} s, everything answered {load.Settled.TotalSeconds:F1} s after the last");
        Assert.InRange(load.RecoveryP99, TimeSpan.Zero, Promised.Within(_recovery, Length));
        Assert.InRange(load.Settled, TimeSpan.Zero, Environment.GetEnvironmentVariable(Length) is null ? (3 * slowestStart) + _settledInShort : _settled);
    }

    private static async Task EndAsync(LoadUnderFire load, ServerProcess server)
    {
        try
        {
            await load.EndAsync();
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{server.Log}\n{exception.Message}", exception);
        }
    }
}
