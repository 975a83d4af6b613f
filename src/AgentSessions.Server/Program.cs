using AgentSessions.Server;

return await AgentSessionsServer.RunAsync(args);
