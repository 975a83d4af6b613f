using AgentSessions.Agents;

namespace AgentSessions.Server;

/// <summary>What an application adds to the server it starts.</summary>
public sealed class ServerSetup
{
    internal ServerSetup(WebApplicationBuilder application, AgentSessionsBuilder agents)
    {
        Application = application;
        Agents = agents;
    }

    /// <summary>Registers agents.</summary>
    public AgentSessionsBuilder Agents { get; }

    /// <summary>The application: its services, configuration and logging. Models are there as <c>IChatClient</c> and <c>IModelCatalog</c>.</summary>
    public WebApplicationBuilder Application { get; }

    /// <summary>Maps routes of the application's own, behind those of the server. Null for none.</summary>
    public Action<WebApplication>? Routes { get; set; }
}
