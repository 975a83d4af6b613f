using AgentSessions.Server;
using AgentSessions.Server.Memory;

NewObjectRoom.Widen();
HeapLimit.Apply();
MemoryUsedUp.EndsProcess();
return await AgentSessionsServer.RunAsync(args);
