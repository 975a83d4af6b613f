using AgentSessions.Gateway.Users;
using AgentSessions.TestServer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Tests.Users;

public sealed class ConfiguredUsersTests
{
    [Fact]
    public async Task Find_KnowsEachUserByTheirTokenOnly()
    {
        IUserSource users = Users(
            ("AgentSessions:Users:0:Id", "anna"), ("AgentSessions:Users:0:Token", "token-of-anna"), ("AgentSessions:Users:0:Administrator", "true"),
            ("AgentSessions:Users:1:Id", "ben"), ("AgentSessions:Users:1:Token", "token-of-ben"), ("AgentSessions:Users:1:AgentApi", "true"));

        Assert.Equal(
            new GatewayUser("anna", "default") { IsAdministrator = true, HasAgentApi = true }, await users.FindByTokenAsync("token-of-anna", default));
        Assert.Equal(new GatewayUser("ben", "default") { HasAgentApi = true }, await users.FindByTokenAsync("token-of-ben", default));
        Assert.Null(await users.FindByTokenAsync("token-of-anna ", default));
        Assert.Null(await users.FindByTokenAsync("", default));
    }

    [Fact]
    public async Task Find_ReadsATokenFromItsFile()
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, " from-a-file\n");
            IUserSource users = Users(("AgentSessions:Users:0:Id", "anna"), ("AgentSessions:Users:0:TokenFile", file));
            Assert.Equal("anna", (await users.FindByTokenAsync("from-a-file", default))?.Id);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Find_WhenATokenIsWithdrawn_RefusesItAtOnce()
    {
        var configuration = new ConfigurationManager
        {
            ["AgentSessions:SecretKey"] = Hosting.GatewayServer.Key,
            ["AgentSessions:Users:0:Id"] = "anna",
            ["AgentSessions:Users:0:Token"] = "first",
        };
        IUserSource users = Users(configuration);
        Assert.NotNull(await users.FindByTokenAsync("first", default));

        configuration["AgentSessions:Users:0:Token"] = "second";
        ((IConfigurationRoot)configuration).Reload();

        Assert.Null(await users.FindByTokenAsync("first", default));
        Assert.NotNull(await users.FindByTokenAsync("second", default));
    }

    [Theory]
    [InlineData("AgentSessions:Users:0:Id", "", "anna")]
    [InlineData("AgentSessions:Users:0:Administrator", "yes", "true")]
    public async Task Change_ThatCannotBeRead_LeavesTheUsersAndIsToldOnce(string key, string value, string mended)
    {
        var configuration = new ConfigurationManager
        {
            ["AgentSessions:SecretKey"] = Hosting.GatewayServer.Key,
            ["AgentSessions:Users:0:Id"] = "anna",
            ["AgentSessions:Users:0:Token"] = "first",
        };
        using var logs = new CollectedLogs();
        IUserSource users = Users(configuration, logs);
        Assert.NotNull(await users.FindByTokenAsync("first", default));

        configuration[key] = value;
        Assert.ThrowsAny<AggregateException>(((IConfigurationRoot)configuration).Reload);       // whoever watches a file passes over it

        Assert.NotNull(await users.FindByTokenAsync("first", default));
        Assert.NotNull(await users.FindByTokenAsync("first", default));
        Assert.Contains(key, Assert.Single(logs.Lines), StringComparison.Ordinal);

        configuration[key] = mended;
        configuration["AgentSessions:Users:0:Token"] = "second";
        ((IConfigurationRoot)configuration).Reload();
        Assert.Null(await users.FindByTokenAsync("first", default));
    }

    [Theory]
    [InlineData("AgentSessions:Users:0:Id", "Token", "t")]
    [InlineData("AgentSessions:Users:0:Token", "Id", "anna")]
    [InlineData("AgentSessions:Users:0:Token", "Id", "anna", "Token", "two words")]
    [InlineData("AgentSessions:Users:0:Token", "Id", "anna", "Token", "t", "TokenFile", "f")]
    [InlineData("AgentSessions:Users:0:TokenFile", "Id", "anna", "TokenFile", "/no/such/file")]
    [InlineData("AgentSessions:Users:0:Environment", "Id", "anna", "Token", "t", "Environment", "nowhere")]
    public async Task Start_WithAWrongUser_NamesTheKey(string key, params string[] fields)
    {
        IUserSource users = Users([.. fields.Chunk(2).Select(static pair => ($"AgentSessions:Users:0:{pair[0]}", pair[1]))]);
        OptionsValidationException failure = await Assert.ThrowsAsync<OptionsValidationException>(
            async () => await users.FindByTokenAsync("t", default));
        Assert.Contains(key, failure.Message);
    }

    [Theory]
    [InlineData("anna", "same", "ben", "same")]
    [InlineData("anna", "one", "anna", "two")]
    public async Task Start_WhenTwoUsersCannotBeToldApart_IsRefused(string firstId, string firstToken, string secondId, string secondToken)
    {
        IUserSource users = Users(
            ("AgentSessions:Users:0:Id", firstId), ("AgentSessions:Users:0:Token", firstToken),
            ("AgentSessions:Users:1:Id", secondId), ("AgentSessions:Users:1:Token", secondToken));
        OptionsValidationException failure = await Assert.ThrowsAsync<OptionsValidationException>(
            async () => await users.FindByTokenAsync("t", default));
        Assert.DoesNotContain("same", failure.Failures.Single().Replace("same token", "", StringComparison.Ordinal));
    }

    private static IUserSource Users(params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationManager { ["AgentSessions:SecretKey"] = Hosting.GatewayServer.Key };
        foreach ((string name, string value) in settings)
        {
            configuration[name] = value;
        }

        return Users(configuration);
    }

    private static IUserSource Users(ConfigurationManager configuration, ILoggerProvider? logs = null)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => _ = logs is null ? logging : logging.AddProvider(logs));
        services.AddAgentSessionsGateway(configuration);
        return services.BuildServiceProvider().GetRequiredService<IUserSource>();
    }
}
