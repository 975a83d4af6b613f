using System.Text.Json;
using AgentSessions.Gateway.Permissions;

namespace AgentSessions.Gateway.Tests.Stagent;

/// <summary>What a rule allows without asking.</summary>
public sealed class PermissionPatternTests
{
    [Theory]
    [InlineData("Deploy", """{}""", true)]
    [InlineData("Deploy(dryRun:true)", """{"dryRun":true}""", true)]
    [InlineData("Deploy(dryRun:true)", """{"dryRun":false}""", false)]
    [InlineData("Deploy(dryRun:true)", """{"dryRun":"true"}""", true)]
    [InlineData("Deploy(count:1)", """{"count":1}""", true)]
    [InlineData("Deploy(count:1)", """{"count":1.0}""", false)]
    [InlineData("Deploy(to:)", """{"to":""}""", true)]
    [InlineData("Deploy(to:)", """{"to":null}""", false)]
    [InlineData("Deploy(to:)", """{}""", false)]
    [InlineData("Deploy(to:eu*)", """{"to":"eu-west"}""", true)]
    [InlineData("Deploy(to:eu*)", """{"to":"eu; rm"}""", false)]
    [InlineData("Other", """{}""", false)]
    public void Rule_ComparesTheInputAsText(string rule, string input, bool isAllowed) =>
        Assert.Equal(isAllowed, PermissionPattern.Parse(rule).Allows("Deploy", JsonElement.Parse(input)));
}
