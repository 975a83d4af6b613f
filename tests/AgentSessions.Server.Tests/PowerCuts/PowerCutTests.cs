using System.Net;
using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Server.Tests.PowerCuts;

/// <summary>Promise R2: what was acknowledged or seen survives a cut of the power, and the server starts after it by itself.</summary>
/// <remarks>
/// Each cut kills the server and leaves on its disk what was flushed and any part of what was not. POWER_CUTS and POWER_SEED choose the length and the
/// moments; the long form is 100 cuts. Segments are small, so that cuts also fall into rolling, checkpoints and files that are used again.
/// </remarks>
public sealed class PowerCutTests(ITestOutputHelper output) : IDisposable
{
    private const int CutsThatTakeSomething = 30;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    private readonly string _directory = Directory.CreateTempSubdirectory("power-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [StraceFact]
    public Task PowerCuts_UnderLoad_LoseNothingThatWasAcknowledgedOrSeen() => CutAsync(DiskTrace.SlowFlushes);

    // A start is to succeed, so faults begin behind what it flushes and writes.
    [StraceFact]
    public Task PowerCuts_OfADiskWhoseFlushesFail_LoseNothingEither() => CutAsync(DiskTrace.FailingFlushes(first: 60, step: 11));

    [StraceFact]
    public Task PowerCuts_OfADiskWhoseWritesFail_LoseNothingEither() => CutAsync(DiskTrace.FailingWrites(first: 800, step: 701));

    private async Task CutAsync(string fault)
    {
        int cuts = int.Parse(Environment.GetEnvironmentVariable("POWER_CUTS") ?? "5");
        int seed = int.Parse(Environment.GetEnvironmentVariable("POWER_SEED") ?? Environment.TickCount.ToString());
        output.WriteLine($"POWER_SEED={seed} POWER_CUTS={cuts}");
        var random = new Random(seed);
        string data = Directory.CreateDirectory(Path.Combine(_directory, "data")).FullName;
        string report = Path.Combine(_directory, "trace");
        var disk = new CutDisk(data);
        await using ServerProcess server = await ServerProcess.StartAsync(
            data, DiskTrace.Launcher(report, fault), "--AgentSessions:Store:SegmentBytes=262144", "--AgentSessions:Store:JournalBytes=1048576");
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        using LoadUnderFire load = LoadUnderFire.Start(client, TimeSpan.FromMinutes(5));
        int lost = 0;
        for (int cut = 0; cut < cuts; cut++)
        {
            string deleted = await MakeAndDeleteAsync(client, cut, load.Limit);
            await load.MoveAsync();
            await Task.Delay(random.Next(0, 200), load.Limit);
            int tracer = DiskTrace.TracerOf(server.ProcessId);
            await server.KillAsync();
            load.Killed();
            await Eventually.TrueAsync(() => Task.FromResult(DiskTrace.IsDone(tracer)), "the end of the report");
            DiskTrace.Play(report, disk);

            // Some processes die alone: what they leave unflushed the next one sees, and must not tell of before it has flushed it.
            if (random.Next(3) > 0)
            {
                lost += disk.Cut(random);
                disk = new CutDisk(data);
            }

            await server.StartAsync();
            Assert.Empty(await client.StoredInAsync(deleted, load.Limit));
        }

        Assert.Empty(await load.EndAsync());
        Assert.True(lost > 0 || cuts < CutsThatTakeSomething, "No cut took anything.");
        output.WriteLine($"{cuts} cuts took {lost} sectors, {load}");
    }

    private static async Task<string> MakeAndDeleteAsync(WireClient client, int cut, CancellationToken limit)
    {
        string chatId = $"deleted-{cut}";
        await RepeatAsync(() => client.StartAsync(chatId, "idle", limit), limit);
        await RepeatAsync(() => client.SendAsync(chatId, "to be forgotten", chatId, limit), limit);
        await RepeatAsync(() => client.DeleteAsync(chatId, limit), limit);
        return chatId;
    }

    /// <summary>Does it until the disk takes it, as clients do.</summary>
    private static async Task RepeatAsync(Func<Task> act, CancellationToken limit)
    {
        bool isRepeated = false;
        while (true)
        {
            try
            {
                await act();
                return;
            }
            catch (HttpRequestException exception) when (exception.StatusCode >= HttpStatusCode.InternalServerError)
            {
                isRepeated = true;
                await Task.Delay(_pause, limit);
            }
            catch (HttpRequestException exception) when (isRepeated && exception.StatusCode == HttpStatusCode.NotFound)
            {
                // Deleted before; only its erasing had failed.
                return;
            }
        }
    }
}
