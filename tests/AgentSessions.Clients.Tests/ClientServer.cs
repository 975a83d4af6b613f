using AgentSessions.TestServer;

namespace AgentSessions.Clients.Tests;

/// <summary>One server for all client files, and the installed Node project.</summary>
public sealed class ClientServer : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("clients-").FullName;

    internal NodeProject Node { get; } = new("clients");

    internal ServerProcess Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (NodeProject.Missing is null)
        {
            await Node.InstallAsync();
            Server = await ServerProcess.StartAsync(_directory);
        }
    }

    public async Task DisposeAsync()
    {
        if (Server is not null)
        {
            await Server.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }
}
