using AgentSessions.Gateway.Auth;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Tests.Auth;

/// <summary>Whose keys open what all environments share.</summary>
public sealed class KeyRingTests
{
    [Theory]
    [InlineData(new[] { "default" }, "default", true)]
    [InlineData(new[] { "default", "other" }, "default", true)]
    [InlineData(new[] { "default", "other" }, "other", false)]
    [InlineData(new[] { "other" }, "other", true)]
    [InlineData(new[] { "one", "other" }, "one", false)]
    [InlineData(new[] { "one", "other" }, "other", false)]
    public void Server_IsRunByTheEnvironmentDefault_OrByTheOnlyOne(string[] environments, string of, bool runsServer)
    {
        var options = new EnvironmentsOptions();
        foreach (string id in environments)
        {
            options.Environments[id] = new EnvironmentKeyOptions { SecretKey = $"tr_dev_{id}_0123456789abcdef0123456789" };
        }

        Assert.Equal(runsServer, new KeyRing(Options.Create(options), TimeProvider.System).RunsServer(of));
    }

    [Fact]
    public void Server_IsRunByTheKeyBesideTheList()
    {
        var options = new EnvironmentsOptions { SecretKey = "tr_dev_0123456789abcdef0123456789abcdef" };
        options.Environments["other"] = new EnvironmentKeyOptions { SecretKey = "tr_dev_other_0123456789abcdef0123456789" };
        var keys = new KeyRing(Options.Create(options), TimeProvider.System);

        Assert.True(keys.RunsServer("default"));
        Assert.False(keys.RunsServer("other"));
    }
}
