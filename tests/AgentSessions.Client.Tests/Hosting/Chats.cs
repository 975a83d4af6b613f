using AgentSessions.Client.Connections;
using AgentSessions.Client.Retries;

namespace AgentSessions.Client.Tests.Hosting;

/// <summary>Chats whose waits between attempts are short and whose dice are seeded.</summary>
internal static class Chats
{
    public static readonly RetryOptions Quick = new()
    {
        FirstDelay = TimeSpan.FromMilliseconds(1),
        MaxDelay = TimeSpan.FromMilliseconds(20),
        MaxFailures = 10,
    };

    public static AgentChat Over(ISessionConnection connection, AgentChatOptions? options = null, int seed = 1) =>
        Factory(connection, seed).Create(options ?? new() { Agent = "agent", ChatId = "chat" });

    public static IAgentChatFactory Factory(ISessionConnection connection, int seed = 1) =>
        new AgentChatFactory(_ => connection, new AgentChatSettings { Retry = Quick, Random = new Random(seed) });
}
