using AgentSessions.Server;
using AgentSessions.Server.Memory;

NewObjectRoom.Widen();
HeapLimit.Apply();
return await AgentSessionsServer.RunAsync(args);
