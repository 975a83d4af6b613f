using AgentSessions.Orleans.NextServer;
using AgentSessions.Server;
using Microsoft.Extensions.DependencyInjection;

// The server as its next version may be: it runs in one cluster with the current one.
return await AgentSessionsServer.RunAsync(args, static server =>
{
    server.Application.Services.AddNextMessages();
    server.Application.Services.AddHostedService<NextSchema>();
    server.Routes = static app => app.MapNextRoutes();
});
