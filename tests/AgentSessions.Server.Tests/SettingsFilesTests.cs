using AgentSessions.TestServer;

namespace AgentSessions.Server.Tests;

/// <summary>Files of settings are read again when they change, and what the server writes beside them costs nothing for it.</summary>
public sealed class SettingsFilesTests : IDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("settings-");

    [Fact]
    public async Task Start_WatchesNoFolder()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_data.FullName);

        IEnumerable<string?> open = Directory.GetFiles($"/proc/{server.ProcessId}/fd").Select(file => new FileInfo(file).LinkTarget);

        Assert.DoesNotContain(open, target => target?.Contains("inotify", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task ChangedLevelOfALog_HoldsWithoutARestart()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_data.FullName);
        using var client = new HttpClient { BaseAddress = server.BaseUrl };
        await client.GetStringAsync("/health/live");
        Assert.DoesNotContain("dbug:", server.Log, StringComparison.Ordinal);

        await File.WriteAllTextAsync(Path.Combine(_data.FullName, "appsettings.json"), """{"Logging":{"LogLevel":{"Microsoft.AspNetCore":"Debug"}}}""");

        await Eventually.TrueAsync(
            async () =>
            {
                await client.GetStringAsync("/health/live");
                return server.Log.Contains("dbug:", StringComparison.Ordinal);
            },
            "a line at the new level");
    }

    [Fact]
    public async Task ChangeThatIsNoJson_IsTold()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_data.FullName);
        string file = Path.Combine(_data.FullName, "appsettings.json");

        await File.WriteAllTextAsync(file, """{"Logging":{""");

        await Eventually.TrueAsync(() => Task.FromResult(server.Log.Contains($"what was read before holds: Failed to load configuration from file '{file}'", StringComparison.Ordinal)), "a line that names the file");
    }

    public void Dispose() => _data.Delete(recursive: true);
}
