using AgentSessions.TestServer;

namespace AgentSessions.Clients.Tests;

/// <summary>One server for all client files, a site whose page uses it, and the installed Node project.</summary>
public sealed class ClientServer : IAsyncLifetime
{
    /// <summary>The token of a user of the chat APIs.</summary>
    internal const string UserToken = "pk_live_0123456789abcdef0123456789abcdef";

    private readonly string _directory = Directory.CreateTempSubdirectory("clients-").FullName;

    internal NodeProject Node { get; } = new("clients");

    internal ServerProcess Server { get; private set; } = null!;

    internal PageSite Site { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (NodeProject.Missing is null)
        {
            await Node.InstallAsync();
            Server = await ServerProcess.StartAsync(
                _directory,
                "--AgentSessions:Users:0:Id=ada",
                $"--AgentSessions:Users:0:Token={UserToken}",
                "--AgentSessions:Users:0:Administrator=true",
                "--AgentSessions:Puffle:AgentHeader=true");
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
