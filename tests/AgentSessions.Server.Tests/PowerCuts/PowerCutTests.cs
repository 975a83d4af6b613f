using System.Net;
using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Server.Tests.PowerCuts;

/// <summary>Promise R2: what was acknowledged or seen survives a cut of the power, and the server starts after it by itself.</summary>
/// <remarks>
/// Each cut kills the server and leaves on its disk what was flushed and any part of what was not. POWER_CUTS and POWER_SEED choose the length and the
/// moments; the long form is 100 cuts. Segments are small, so that cuts also fall into rolling, checkpoints and files that are used again.
/// </remarks>
public sealed class PowerCutTests : IDisposable
{
    private const int CutsThatTakeSomething = 30;
    private const string Old = "old";

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(5);

    private readonly int _cuts = TestSetting.Number("POWER_CUTS", 5);
    private readonly int _seed;
    private readonly Random _random;
    private readonly ITestOutputHelper _output;
    private readonly string _directory = Directory.CreateTempSubdirectory("power-").FullName;
    private readonly string _data;
    private readonly string _report;

    public PowerCutTests(ITestOutputHelper output)
    {
        _output = output;
        _seed = TestSetting.Number("POWER_SEED", Environment.TickCount);
        _random = new Random(_seed);
        _data = Directory.CreateDirectory(Path.Combine(_directory, "data")).FullName;
        _report = Path.Combine(_directory, "trace");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [StraceFact]
    public Task PowerCuts_UnderLoad_LoseNothingThatWasAcknowledgedOrSeen() => CutAsync(DiskTrace.SlowFlushes);

    // A start is to succeed, so faults begin behind what it flushes and writes.
    [StraceFact]
    public Task PowerCuts_OfADiskWhoseFlushesFail_LoseNothingEither() => CutAsync(DiskTrace.FailingFlushes(first: 60, step: 11));

    [StraceFact]
    public Task PowerCuts_OfADiskWhoseWritesFail_LoseNothingEither() => CutAsync(DiskTrace.FailingWrites(first: 800, step: 701));

    [StraceFact]
    public async Task PowerCuts_WithDurabilityNormal_AreGotOverUnaided()
    {
        var disk = new CutDisk(_data);
        await using ServerProcess server = await StartAsync(DiskTrace.SlowFlushes, "--AgentSessions:Store:Durability=Normal");
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        int lost = 0;
        for (int cut = 0; cut < _cuts; cut++)
        {
            // What was acknowledged may be gone, so these chats end with the cut.
            using LoadUnderFire load = LoadUnderFire.Start(client, _patience, $"{cut}-");
            await load.MoveEveryAsync();

            // Of this one the database knows, because it is asked for a list, before anything flushes what it said.
            await client.StartAsync(Old, "echo", load.Limit);
            await client.AskAsync(Old, "hello", load.Limit);
            Assert.NotEmpty(await client.ListAsync(load.Limit));
            await KillAsync(server, disk);
            lost += disk.Cut(_random);
            disk = new CutDisk(_data);
            await server.StartAsync();
            foreach (string chatId in (string[])[$"after-{cut}", Old])
            {
                await client.StartAsync(chatId, "echo", load.Limit);
                Assert.NotEmpty(await client.AskAsync(chatId, "hello", load.Limit));
                IReadOnlyList<(string PartId, long Sequence)> stored = await client.StoredInAsync(chatId, load.Limit);
                Assert.Equal(Enumerable.Range(0, stored.Count).Select(static i => (long)i), stored.Select(static record => record.Sequence));
            }
        }

        Assert.True(lost > 0 || _cuts < CutsThatTakeSomething, "No cut took anything.");
        _output.WriteLine($"{_cuts} cuts took {lost} sectors");
    }

    private async Task CutAsync(string fault)
    {
        var disk = new CutDisk(_data);
        await using ServerProcess server = await StartAsync(fault);
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        using LoadUnderFire load = LoadUnderFire.Start(client, _patience);
        int lost = 0;
        for (int cut = 0; cut < _cuts; cut++)
        {
            string deleted = await MakeAndDeleteAsync(client, cut, load.Limit);
            await load.MoveAsync();
            await Task.Delay(_random.Next(0, 200), load.Limit);
            await KillAsync(server, disk);
            load.Killed();

            // Some processes die alone: what they leave unflushed the next one sees, and must not tell of before it has flushed it.
            if (_random.Next(3) > 0)
            {
                lost += disk.Cut(_random);
                disk = new CutDisk(_data);
            }

            await server.StartAsync();
            Assert.Empty(await client.StoredInAsync(deleted, load.Limit));
        }

        await load.EndAsync();
        Assert.True(lost > 0 || _cuts < CutsThatTakeSomething, "No cut took anything.");
        _output.WriteLine($"{_cuts} cuts took {lost} sectors, {load}");
    }

    private Task<ServerProcess> StartAsync(string fault, params string[] arguments)
    {
        _output.WriteLine($"POWER_SEED={_seed} POWER_CUTS={_cuts}");
        return ServerProcess.StartAsync(
            _data,
            DiskTrace.Launcher(_report, fault),
            ["--AgentSessions:Store:SegmentBytes=262144", "--AgentSessions:Store:JournalBytes=1048576", .. arguments]);
    }

    /// <summary>Kills the server, and tells the disk all that it did.</summary>
    private async Task KillAsync(ServerProcess server, CutDisk disk)
    {
        int tracer = DiskTrace.TracerOf(server.ProcessId);
        await server.KillAsync();
        await Eventually.TrueAsync(() => Task.FromResult(DiskTrace.IsDone(tracer)), "the end of the report");
        DiskTrace.Play(_report, disk);
        Assert.True(disk.Writes > 0, "The report tells of no write to the server's files.");
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
