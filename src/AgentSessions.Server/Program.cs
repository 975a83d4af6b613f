using AgentSessions.Server;
using AgentSessions.Server.Memory;

NewObjectRoom.Widen();
return await AgentSessionsServer.RunAsync(args);
