using AgentSessions.TestServer;

namespace AgentSessions.Cli.Tests;

/// <summary>One real server for all tests that do not kill it.</summary>
public sealed class CliServer : IAsyncLifetime
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("agentsessions-cli-");

    public ServerProcess Process { get; private set; } = null!;

    public async Task InitializeAsync() => Process = await ServerProcess.StartAsync(_data.FullName);

    public async Task DisposeAsync()
    {
        await Process.DisposeAsync();
        _data.Delete(recursive: true);
    }
}

[CollectionDefinition(Name)]
public sealed class CliServerCollection : ICollectionFixture<CliServer>
{
    public const string Name = "one server";
}
