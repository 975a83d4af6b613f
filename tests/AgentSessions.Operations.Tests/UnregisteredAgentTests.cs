using AgentSessions.Server.Settings;
using Microsoft.Extensions.Configuration;

namespace AgentSessions.Operations.Tests;

/// <summary>A setting for an agent whom nobody registered is told; one for an agent who is there is not.</summary>
public sealed class UnregisteredAgentTests
{
    [Theory]
    [InlineData("AgentSessions:Agents:ecco:MaxTurns", "5", "AgentSessions:Agents:ecco")]
    [InlineData("AgentSessions:Puffle:Agent", "ecco", "AgentSessions:Puffle:Agent")]
    [InlineData("AgentSessions:Stagent:DefaultAgent", "ecco", "AgentSessions:Stagent:DefaultAgent")]
    [InlineData("AgentSessions:Stagent:Models:large", "ecco", "AgentSessions:Stagent:Models:large")]
    [InlineData("AgentSessions:Stagent:Runtimes:native", "ecco", "AgentSessions:Stagent:Runtimes:native")]
    [InlineData("AgentSessions:Stagent:AgentModels:ecco:Label", "Echo", "AgentSessions:Stagent:AgentModels:ecco")]
    public void Unregistered_IsFound_WithTheNearestName(string key, string value, string expected) =>
        Assert.Equal(new UnknownSetting(expected, "echo"), Assert.Single(Find(key, value)));

    [Theory]
    [InlineData("AgentSessions:Agents:Echo:MaxTurns", "5")]
    [InlineData("AgentSessions:Puffle:Agent", "echo")]
    [InlineData("AgentSessions:Puffle:AgentHeader", "true")]
    [InlineData("AgentSessions:Stagent:Models:large", "")]
    public void Registered_OrNoAgent_IsNotFound(string key, string value) => Assert.Empty(Find(key, value));

    [Theory]
    [InlineData("AgentSessions:Users:0:Administrator", true, "support", "sales")]
    [InlineData("AgentSessions:Users:0:AgentApi", true, "support", "sales")]
    [InlineData("AgentSessions:Users:0:AgentApi", true)]
    [InlineData("AgentSessions:Users:0:AgentApi", false, "support")]
    [InlineData("AgentSessions:Users:0:AgentApi", false, "support", "Echo")]
    [InlineData("AgentSessions:DemoAgents", false, "support", "sales")]
    public void PuffleWithoutAgent_IsFound_WhereSomebodyMayCallIt(string key, bool isFound, params string[] registered) =>
        Assert.Equal(isFound, UnregisteredAgents.LeavePuffleWithoutAgent(new ConfigurationManager { [key] = "true" }, registered));

    private static IEnumerable<UnknownSetting> Find(string key, string value) =>
        UnregisteredAgents.Find(new ConfigurationManager { [key] = value }, ["echo", "support"]);
}
