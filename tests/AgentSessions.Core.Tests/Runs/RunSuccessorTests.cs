using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;

namespace AgentSessions.Core.Tests.Runs;

/// <summary>Which version of an agent goes on after a run.</summary>
public sealed class RunSuccessorTests
{
    private const string Locked = """{"basePayload":{},"lockToVersion":"locked"}""";
    private const string Free = """{"basePayload":{}}""";

    [Theory]
    [InlineData(Locked, "asked", null, "locked")]
    [InlineData(Free, "asked", null, "asked")]
    [InlineData(Free, null, null, "support-deployed")]
    [InlineData(Locked, null, "sales", "sales-deployed")]
    [InlineData(Free, null, "unknown", null)]
    public void Version_IsTheLock_ElseTheAsked_ElseTheDeployed(string triggerConfig, string? asked, string? agent, string? expected)
    {
        SessionRow session = new()
        {
            Key = new SessionKey("env", "chat-1"),
            Id = "session_1",
            Type = "chat.agent",
            Agent = "support",
            TriggerConfig = triggerConfig,
            CreatedAt = DateTimeOffset.UnixEpoch,
            UpdatedAt = DateTimeOffset.UnixEpoch,
        };

        Assert.Equal(expected, new RunSuccessor(asked, agent).VersionIn(session, new TwoAgents()));
    }

    private sealed class TwoAgents : IAgentCatalog
    {
        public IReadOnlyCollection<string> Names { get; } = ["sales", "support"];

        public AgentInfo? Find(string name) => Names.Contains(name) ? new AgentInfo(name, $"{name}-deployed") : null;
    }
}
