using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Server.Tests;

/// <summary>Promise R18: a clock that somebody sets an hour forth and back takes nothing away, ends no run, and stops no timer.</summary>
/// <remarks>CLOCK_JUMPS and CLOCK_SEED choose the length and the moments.</remarks>
public sealed class JumpingClockTests : IDisposable
{
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);

    private readonly string _directory = Directory.CreateTempSubdirectory("clock-").FullName;
    private readonly ITestOutputHelper _output;
    private readonly JumpingClock _clock;

    public JumpingClockTests(ITestOutputHelper output)
    {
        _output = output;
        _clock = new JumpingClock(Path.Combine(_directory, "clock"));
        _clock.Set(TimeSpan.Zero);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [FaketimeFact]
    public async Task ARealClock_ThatJumpsUnderLoad_LosesDoublesAndReordersNothing()
    {
        int jumps = TestSetting.Number("CLOCK_JUMPS", 6);
        int seed = TestSetting.Number("CLOCK_SEED", Environment.TickCount);
        _output.WriteLine($"CLOCK_SEED={seed} CLOCK_JUMPS={jumps}");
        var random = new Random(seed);
        await using ServerProcess server = await StartAsync();
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        using LoadUnderFire load = LoadUnderFire.Start(client, TimeSpan.FromMinutes(5));
        for (int jump = 0; jump < jumps; jump++)
        {
            await load.MoveAsync();
            await Task.Delay(random.Next(0, 100), load.Limit);
            await _clock.JumpAsync(_clock.Offset == TimeSpan.Zero ? _hour * (random.Next(2) == 0 ? 1 : -1) : random.Next(2) == 0 ? TimeSpan.Zero : -_clock.Offset, server.BaseUrl);
            await load.MoveEveryAsync();
        }

        await load.EndAsync();
        Assert.Equal((0, 0), (load.BrokenOff, load.Abandoned));
        Assert.Empty(load.TurnsWithOtherTokens);
        Assert.Empty(load.TimesThatGoBack);
        _output.WriteLine($"{jumps} jumps, {load}");
    }

    [FaketimeFact]
    public async Task ARealClock_ThatJumps_NeitherHoldsUpNorHurriesTimers()
    {
        await using ServerProcess server = await StartAsync();
        using var http = new HttpClient { BaseAddress = server.BaseUrl };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.SecretKey);
        string patient = await StartRunAsync(http, "patient", idleSeconds: 1800);
        string before = await StartRunAsync(http, "before", idleSeconds: 3);

        await _clock.JumpAsync(-_hour, server.BaseUrl);
        await UntilEndedAsync(http, before);
        await _clock.JumpAsync(_hour, server.BaseUrl);
        string after = await StartRunAsync(http, "after", idleSeconds: 3);
        await UntilEndedAsync(http, after);

        Assert.Equal("WAITING", await StatusAsync(http, patient));
    }

    private Task<ServerProcess> StartAsync() => ServerProcess.StartAsync(Path.Combine(_directory, "data"), _clock.Launcher);

    private static async Task<string> StartRunAsync(HttpClient http, string chatId, int idleSeconds)
    {
        var body = new JsonObject
        {
            ["type"] = "chat.agent",
            ["externalId"] = chatId,
            ["taskIdentifier"] = "echo",
            ["triggerConfig"] = new JsonObject
            {
                ["idleTimeoutInSeconds"] = idleSeconds,
                ["basePayload"] = new JsonObject { ["chatId"] = chatId, ["trigger"] = "preload" },
            },
        };
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await http.PostAsync("/api/v1/sessions", content);
        response.EnsureSuccessStatusCode();
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!["runId"]!.GetValue<string>();
    }

    private static async Task<string> StatusAsync(HttpClient http, string runId)
    {
        using JsonDocument run = JsonDocument.Parse(await http.GetStringAsync($"/api/v3/runs/{runId}"));
        return run.RootElement.GetProperty("status").GetString()!;
    }

    private static Task UntilEndedAsync(HttpClient http, string runId) =>
        Eventually.HoldsAsync(() => StatusAsync(http, runId), static status => status == "COMPLETED", $"the end of run {runId}");
}
