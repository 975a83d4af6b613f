using System.Net;
using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Server.Tests;

/// <summary>Promise R17: a disk that is full refuses appends with a hint and nothing else; when there is room again, all goes on by itself.</summary>
/// <remarks>DISK_ROUNDS chooses the length; the long form is 20 rounds, and only it is held to the promised time.</remarks>
public sealed class FullDiskTests(ITestOutputHelper output)
{
    private const string Length = "DISK_ROUNDS";

    private static readonly TimeSpan _recovery = TimeSpan.FromSeconds(10);

    // Small files, and a checkpoint at every pause, so that both the journal and the database meet the end of the disk.
    private static readonly string[] _smallFiles =
    [
        "--AgentSessions:Store:SegmentBytes=131072",
        "--AgentSessions:Store:JournalBytes=524288",
        "--AgentSessions:Store:CheckpointAfterIdle=00:00:00.050",
    ];

    [TmpfsFact]
    public async Task AFullDisk_RefusesAppends_ServesReaders_AndGoesOnWhenThereIsRoom()
    {
        using SmallDisk disk = SmallDisk.Mount(megabytes: 64);
        await using ServerProcess server = await ServerProcess.StartAsync(disk.Path, _smallFiles);
        await FillAndFreeAsync(server, disk.Fill, disk.Free);
    }

    [Fact]
    public async Task AFileSizeLimit_RefusesAppends_ServesReaders_AndGoesOnWhenItIsRaised()
    {
        string directory = Directory.CreateTempSubdirectory("limit-").FullName;
        try
        {
            await using ServerProcess server = await ServerProcess.StartAsync(directory, _smallFiles);

            // Half a journal file. Not from the start, when the runtime makes a larger one for itself.
            await FillAndFreeAsync(server, () => server.LimitFiles(65536), () => server.LimitFiles(null));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private async Task FillAndFreeAsync(ServerProcess server, Action fill, Action free)
    {
        int rounds = TestSetting.Number(Length, 2);
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        using LoadUnderFire load = LoadUnderFire.Start(client, TimeSpan.FromMinutes(5));
        await client.StartAsync("probe", "echo", load.Limit);
        int refused = 0;
        var slowest = TimeSpan.Zero;
        var kept = new List<string> { """{"kind":"stop"}""" };
        await client.AppendAsync("probe", kept[0], "probe", load.Limit);
        for (int round = 0; round < rounds; round++)
        {
            await load.MoveEveryAsync();
            fill();
            kept.AddRange(await AppendUntilRefusedAsync(client, round, load.Limit));
            refused++;

            // What is stored is served all the same.
            Assert.Equal(kept, await ReadAsync(client, kept.Count, load.Limit));
            if (round % 3 == 1)
            {
                await server.KillAsync();
                free();
                await server.StartAsync();
            }
            else
            {
                free();
            }

            long freed = System.Diagnostics.Stopwatch.GetTimestamp();
            await load.MoveEveryAsync();
            TimeSpan recovery = System.Diagnostics.Stopwatch.GetElapsedTime(freed);
            slowest = recovery > slowest ? recovery : slowest;
        }

        await load.EndAsync();
        Assert.Equal(kept, await ReadAsync(client, kept.Count, CancellationToken.None));
        output.WriteLine($"{rounds} full disks, refused {refused} times, every chat moves again after {slowest.TotalSeconds:F1} s at most; {load}");
        Assert.InRange(slowest, TimeSpan.Zero, Promised.Within(_recovery, Length));
    }

    /// <summary>Appends what no run answers until there is no room.</summary>
    /// <returns>What was acknowledged.</returns>
    private static async Task<List<string>> AppendUntilRefusedAsync(WireClient client, int round, CancellationToken cancellationToken)
    {
        var acknowledged = new List<string>();
        for (int i = 0; ; i++)
        {
            string text = $$"""{"kind":"stop","message":"{{round}}-{{i}} {{new string('x', 20_000)}}"}""";
            try
            {
                await client.AppendAsync("probe", text, $"probe-{round}-{i}", cancellationToken);
                acknowledged.Add(text);
            }
            catch (HttpRequestException exception) when (exception.StatusCode is { } status)
            {
                // The wire's answer to a store that fails; it is repeated with the same part id.
                Assert.Equal(HttpStatusCode.InternalServerError, status);
                Assert.Contains("\"store_unavailable\"", exception.Message, StringComparison.Ordinal);
                return acknowledged;
            }
        }
    }

    private static async Task<List<string>> ReadAsync(WireClient client, int count, CancellationToken cancellationToken)
    {
        var texts = new List<string>();
        await foreach (WireRecord record in client.FollowAsync("probe", "in", -1, silence: 30, cancellationToken))
        {
            texts.Add(System.Text.Json.Nodes.JsonNode.Parse(record.Body)!["data"]!.GetValue<string>());
            if (texts.Count == count)
            {
                break;
            }
        }

        return texts;
    }
}
