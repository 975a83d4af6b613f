using AgentSessions.TestServer;

namespace AgentSessions.Clients.Tests;

/// <summary>One server for all client files, a site whose page uses it, and the installed Node project.</summary>
public sealed class ClientServer : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("clients-").FullName;

    internal NodeProject Node { get; } = new("clients");

    internal ServerProcess Server { get; private set; } = null!;

    internal PageSite Site { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (NodeProject.Missing is null)
        {
            await Node.InstallAsync();
            Server = await ServerProcess.StartAsync(_directory);
            Site = new PageSite(Server);
            await Site.StartAsync();
        }
    }

    public async Task DisposeAsync()
    {
        if (Server is not null)
        {
            await Site.DisposeAsync();
            await Server.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }
}
