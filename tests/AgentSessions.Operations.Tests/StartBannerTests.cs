using AgentSessions.TestServer;

namespace AgentSessions.Operations.Tests;

/// <summary>What a start says it has is what it has.</summary>
public sealed class StartBannerTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("start-banner-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task APageThatIsOff_AndADatabaseThatIsNotUsed_AreTold()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(
            _directory, "--AgentSessions:DemoAgents=true", "--AgentSessions:ChatPage:Access=Off", "--AgentSessions:Postgres:ConnectionString=Host=db;Password=hidden");

        await Eventually.TrueAsync(
            () => Task.FromResult(server.Log.Contains("AgentSessions:Postgres:ConnectionString is not used", StringComparison.Ordinal)), "the warning");
        Assert.Contains("  data ", server.Log, StringComparison.Ordinal);
        Assert.Contains("/console", server.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("(chat)", server.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", server.Log, StringComparison.Ordinal);
    }
}
