using AgentSessions.TestServer;

namespace AgentSessions.Operations.Tests;

/// <summary>One server process for all tests that change nothing another one sees.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    public const string Collection = "shared server";

    /// <summary>The secret key of an environment beside the server's own.</summary>
    public const string OtherKey = "tr_dev_other_0123456789abcdef0123456789";

    private readonly string _directory = Directory.CreateTempSubdirectory("operations-").FullName;

    public ServerProcess Process { get; private set; } = null!;

    public async Task InitializeAsync() => Process = await ServerProcess.StartAsync(
        _directory, "--AgentSessions:Telemetry:MetricsPort=0", $"--AgentSessions:Environments:other:SecretKey={OtherKey}");

    public async Task DisposeAsync()
    {
        await Process.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}

/// <summary>The tests that use it, one after the other.</summary>
[CollectionDefinition(SharedServer.Collection)]
public sealed class SharedServerTests : ICollectionFixture<SharedServer>;
