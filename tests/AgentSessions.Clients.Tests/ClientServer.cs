using AgentSessions.TestServer;

namespace AgentSessions.Clients.Tests;

/// <summary>The servers of all client files, a site whose page uses the first, and the installed Node project.</summary>
public sealed class ClientServer : IAsyncLifetime
{
    /// <summary>The token of a user of the chat APIs.</summary>
    internal const string UserToken = "pk_live_0123456789abcdef0123456789abcdef";

    private readonly string _directory = Directory.CreateTempSubdirectory("clients-").FullName;

    internal NodeProject Node { get; } = new("clients");

    internal ServerProcess Server { get; private set; } = null!;

    /// <summary>One whose Puffle clients are all of version 6 of the AI SDK.</summary>
    internal ServerProcess Newer { get; private set; } = null!;

    internal PageSite Site { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (NodeProject.Missing is null)
        {
            await Node.InstallAsync();
            Server = await StartAsync("server");
            Newer = await StartAsync("newer", "--AgentSessions:Puffle:UIMessageVersion=6");
            Site = new PageSite(Server);
            await Site.StartAsync();
        }
    }

    public async Task DisposeAsync()
    {
        if (Server is not null)
        {
            await Site.DisposeAsync();
            await Newer.DisposeAsync();
            await Server.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private Task<ServerProcess> StartAsync(string name, params string[] settings) => ServerProcess.StartAsync(
        Path.Combine(_directory, name),
        [
            "--AgentSessions:Users:0:Id=ada",
            $"--AgentSessions:Users:0:Token={UserToken}",
            "--AgentSessions:Users:0:Administrator=true",
            "--AgentSessions:Puffle:AgentHeader=true",
            "--AgentSessions:Puffle:RunsPerWindow=1000",
            .. settings,
        ]);
}
