using AgentSessions.TestServer;

namespace AgentSessions.Operations.Tests;

/// <summary>A server that comes to rest after work gives memory back, and says so to who asks.</summary>
public sealed class IdleMemoryTests : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);
    private readonly string _directory = Directory.CreateTempSubdirectory("idle-memory-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task AtRestAfterWork_GivesMemoryBack()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(
            _directory, "--AgentSessions:Memory:QuietTime=00:00:00.5", "--Logging:LogLevel:AgentSessions.Server.Memory=Debug");
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        using var limit = new CancellationTokenSource(_limit);

        await client.StartAsync("worked", "load", limit.Token);
        await client.SendAsync("worked", "go 100000 0", "work", limit.Token);

        await Eventually.HoldsAsync(() => Task.FromResult(server.Log), static log => log.Contains("The server is at rest: gave back ", StringComparison.Ordinal), "the line", limit.Token);
    }

    [Theory]
    [InlineData("AgentSessions:Memory:QuietTime", "00:00:00.01")]
    [InlineData("AgentSessions:Memory:MaxHeapBytes", "much")]
    public async Task WrongSetting_StopsTheStart_AndIsNamed(string key, string value)
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => ServerProcess.StartAsync(_directory, $"--{key}={value}"));
        Assert.Contains($"cannot start: {key} must be", refused.Message, StringComparison.Ordinal);
    }
}
