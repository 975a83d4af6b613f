using AgentSessions.Server;
using MyServer;

return await AgentSessionsServer.RunAsync(args, server => server.Agents.AddAgent<SupportAgent>("support"));
