using System.Diagnostics;
using System.Net.Http.Headers;
using AgentSessions.Load;
using AgentSessions.Load.Scenarios;
using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Server.Tests;

/// <summary>Promise R16: a server in use for long grows in nothing. Chats are made, used, read again and deleted, round after round.</summary>
/// <remarks>
/// SOAK_MINUTES runs it, from 6; the long form is 120. Judged is the last third against the one before, for the first still warms up, and what the
/// server holds at rest: under load garbage piles up for half an hour until the runtime collects all of it, and that is no growth.
/// </remarks>
public sealed class SoakTests(ITestOutputHelper output) : IDisposable
{
    private const int Chats = 40;
    private const int RoundsToARest = 3;

    // Twice as long as nothing must happen before the server gives memory back.
    private static readonly TimeSpan _rest = TimeSpan.FromSeconds(6);

    // Less than this is warming up for the most part.
    private static readonly TimeSpan _long = TimeSpan.FromHours(1);

    private readonly string _directory = Directory.CreateTempSubdirectory("soak-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [SoakFact]
    public async Task ManyRounds_GrowInNothing()
    {
        TimeSpan length = TimeSpan.FromMinutes(SoakFactAttribute.Minutes);
        await using ServerProcess server = await ServerProcess.StartAsync(_directory);
        var generator = new LoadGenerator(new LoadTarget { Addresses = [server.BaseUrl], SecretKey = server.SecretKey });
        using var http = new HttpClient { BaseAddress = server.BaseUrl };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.SecretKey);
        var samples = new List<Sample>();
        long started = Stopwatch.GetTimestamp();
        for (int round = 1; Stopwatch.GetElapsedTime(started) < length; round++)
        {
            string prefix = $"soak-{round}";
            Clean(await generator.TakeTurnsAsync(new TurnLoad { Sessions = Chats, ChunksPerTurn = 100, ChunkDelay = TimeSpan.FromMilliseconds(20), Duration = TimeSpan.FromSeconds(6), Prefix = prefix }));
            Clean(await generator.ReplayAsync(new ReplayLoad { Readers = 10, ChunksPerTurn = 500, Replays = 50 }));
            Clean(await generator.FanOutAsync(new FanOutLoad { Readers = 50, ChunksPerTurn = 20, Turns = 2, Duration = TimeSpan.FromSeconds(30) }));
            await DeleteAllAsync(http);
            if (round % RoundsToARest != 0)
            {
                continue;
            }

            await Task.Delay(_rest);
            samples.Add(new Sample(Stopwatch.GetElapsedTime(started), server.ResidentBytes, server.Threads, server.OpenFiles, BytesOf(_directory)));
            output.WriteLine($"{samples[^1]}");
        }

        Sample[] before = [.. samples.Skip(samples.Count / 3).Take(samples.Count / 3)], last = [.. samples.Skip(samples.Count * 2 / 3)];
        Assert.True(before.Length >= 3, "The soak was too short for its rounds.");
        double minutes = length.TotalMinutes / 3;
        AssertFlat(before, last, static sample => sample.Memory, (length < _long ? 4 << 20 : 0) + (minutes / 10 * (1 << 20)), "memory");
        AssertFlat(before, last, static sample => sample.Threads, 10, "threads");
        AssertFlat(before, last, static sample => sample.Files, 10, "open files");
        AssertFlat(before, last, static sample => sample.Disk, 16 << 20, "disk");
    }

    private static void AssertFlat(Sample[] before, Sample[] last, Func<Sample, long> of, double allowance, string what)
    {
        long earlier = Median(before, of), later = Median(last, of);
        Assert.True(later - earlier <= allowance, $"{what} grew from {earlier} to {later}.");
    }

    private static long Median(Sample[] samples, Func<Sample, long> of) => samples.Select(of).Order().ElementAt(samples.Length / 2);

    private static async Task DeleteAllAsync(HttpClient http)
    {
        while (true)
        {
            using var page = System.Text.Json.JsonDocument.Parse(await http.GetStringAsync("/api/v1/sessions?page%5Bsize%5D=100"));
            string[] ids = [.. page.RootElement.GetProperty("data").EnumerateArray().Select(static session => session.GetProperty("id").GetString()!)];
            foreach (string id in ids)
            {
                using HttpResponseMessage deleted = await http.DeleteAsync($"/api/v1/sessions/{id}");
                deleted.EnsureSuccessStatusCode();
            }

            if (ids.Length == 0)
            {
                return;
            }
        }
    }

    private static long BytesOf(string directory) =>
        new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(static file => file.Exists ? file.Length : 0);

    private static void Clean(LoadResult result)
    {
        Assert.Empty(result.Errors);
        Assert.True(result.Order.None, $"{result.Order}");
    }

    /// <summary>What the server held at a rest.</summary>
    private sealed record Sample(TimeSpan At, long Memory, long Threads, int Files, long Disk)
    {
        public override string ToString() => $"{At:hh\\:mm\\:ss} memory {Memory >> 10} KiB, {Threads} threads, {Files} files, disk {Disk >> 10} KiB";
    }
}
