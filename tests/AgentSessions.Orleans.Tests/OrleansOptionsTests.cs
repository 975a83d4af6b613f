using System.Net;
using System.Net.Sockets;
using AgentSessions.Orleans.Hosting;
using AgentSessions.Orleans.Settings;
using AgentSessions.Postgres.Connections;
using AgentSessions.TestServer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace AgentSessions.Orleans.Tests;

public sealed class OrleansOptionsTests
{
    [Fact]
    public void Read_WhenNothingIsConfigured_GivesWorkingDefaults()
    {
        OrleansOptions options = Read();

        Assert.Equal("agent-sessions", options.ClusterId);
        Assert.Equal("agent-sessions", options.ServiceId);
        Assert.Equal(11111, options.SiloPort);
        Assert.Equal(30000, options.GatewayPort);
        Assert.Equal(OrleansRole.Silo, options.Role);
        Assert.Equal(OrleansOptions.Direct, options.StreamProvider);
    }

    [Fact]
    public void Read_WhenEveryKeyIsConfigured_TakesThemAll()
    {
        OrleansOptions options = Read(
            ("ClusterId", "blue"), ("ServiceId", "chats"), ("SiloPort", "20001"), ("GatewayPort", "0"), ("Role", "gateway"), ("StreamProvider", "Durable"));

        Assert.Equal("blue", options.ClusterId);
        Assert.Equal("chats", options.ServiceId);
        Assert.Equal(20001, options.SiloPort);
        Assert.Equal(0, options.GatewayPort);
        Assert.Equal(OrleansRole.Gateway, options.Role);
        Assert.Equal("Durable", options.StreamProvider);
    }

    [Theory]
    [InlineData("ClusterId", "")]
    [InlineData("ClusterId", " ")]
    [InlineData("ServiceId", "")]
    [InlineData("SiloPort", "0")]
    [InlineData("SiloPort", "65536")]
    [InlineData("GatewayPort", "-1")]
    [InlineData("GatewayPort", "11111")]
    [InlineData("Role", "7")]
    [InlineData("Placement", "7")]
    [InlineData("StreamProvider", "")]
    public void Read_WhenAValueIsWrong_NamesItsKey(string key, string value)
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Read((key, value)));

        Assert.Contains($"{OrleansOptions.Section}:{key} must", Assert.Single(refused.Failures), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ClusterId")]
    [InlineData("ServiceId")]
    public void Read_WhenANameDoesNotFitTheMembershipTable_NamesItsKey(string key)
    {
        Read((key, new string('x', 150)));
        var refused = Assert.Throws<OptionsValidationException>(() => Read((key, new string('x', 151))));

        Assert.Contains($"{OrleansOptions.Section}:{key} must", Assert.Single(refused.Failures), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", "0.0.0.0")]
    [InlineData("::1", "::")]
    public void Node_ListensInTheFamilyOfItsAddress(string address, string listening)
    {
        using ServiceProvider provider = NodeServices(("Address", address));

        EndpointOptions endpoints = provider.GetRequiredService<IOptions<EndpointOptions>>().Value;

        Assert.Equal(address, endpoints.AdvertisedIPAddress.ToString());
        Assert.Equal((listening, 11111), (endpoints.SiloListeningEndpoint!.Address.ToString(), endpoints.SiloListeningEndpoint.Port));
        Assert.Equal((listening, 30000), (endpoints.GatewayListeningEndpoint!.Address.ToString(), endpoints.GatewayListeningEndpoint.Port));
    }

    [Fact]
    public async Task Start_OnAPortThatIsTaken_NamesItsKey()
    {
        using var taken = new TcpListener(IPAddress.Any, 0);
        taken.Start();
        string port = $"{((IPEndPoint)taken.LocalEndpoint).Port}";

        Assert.Contains($"{OrleansOptions.Section}:SiloPort cannot be listened on", await StartRefusalAsync(("SiloPort", port)), StringComparison.Ordinal);
        Assert.Contains($"{OrleansOptions.Section}:GatewayPort cannot be listened on", await StartRefusalAsync(("GatewayPort", port)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("StreamProvider", "Nobodys", "StreamProvider must be Direct, Memory or")]
    [InlineData("Address", "nobody.invalid", "Address must be")]
    public async Task Start_WithWhatIsNotThere_NamesItsKey(string key, string value, string expected) =>
        Assert.Contains($"{OrleansOptions.Section}:{expected}", await StartRefusalAsync((key, value)), StringComparison.Ordinal);

    [Theory]
    [InlineData(OrleansOptions.Direct)]
    [InlineData(OrleansOptions.MemoryStreams)]
    public async Task Start_WithAStreamProviderOfOurs_IsNotRefused(string streams)
    {
        using var silo = new HeldPort();
        await using ServiceProvider provider = NodeServices(("StreamProvider", streams), ("SiloPort", $"{silo.Number}"), ("GatewayPort", "0"));

        await ActivatorUtilities.CreateInstance<NodeStartCheck>(provider).StartAsync(CancellationToken.None);
    }

    /// <summary>What every retry after a node's end logs with a stack trace, beside our own line; faults are shown.</summary>
    [Theory]
    [InlineData("Orleans.Runtime.Messaging.Connection", LogLevel.Error)]
    [InlineData("Orleans.Runtime.Messaging.ConnectionManager", LogLevel.Warning)]
    [InlineData("Orleans.Runtime.MembershipService.SiloHealthMonitor", LogLevel.Error)]
    [InlineData("Polly", LogLevel.Critical)]
    [InlineData("Orleans.Runtime.MembershipService.MembershipAgent", LogLevel.Warning)]
    [InlineData("Orleans.Runtime.Catalog", LogLevel.Warning)]
    public void Log_HasNoStackTracesOfExpectedRetries(string category, LogLevel lowest)
    {
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new($"{PostgresOptions.Section}:ConnectionString", "Host=nowhere")])
            .Build();
        LoggerFilterRule[] rules;
        using (ServiceProvider provider = new ServiceCollection().AddOrleansSessionEngine(configuration).BuildServiceProvider())
        {
            rules = [.. provider.GetRequiredService<IOptions<LoggerFilterOptions>>().Value.Rules];
        }

        using ILoggerFactory factory = LoggerFactory.Create(logging => logging.AddConsole().Services.Configure<LoggerFilterOptions>(filters =>
        {
            foreach (LoggerFilterRule rule in rules)
            {
                filters.Rules.Add(rule);
            }
        }));
        ILogger logger = factory.CreateLogger(category);

        Assert.Equal(lowest, Enum.GetValues<LogLevel>().First(logger.IsEnabled));
    }

    private static async Task<string> StartRefusalAsync((string Key, string Value) setting)
    {
        using var silo = new HeldPort();
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await using ServiceProvider provider = NodeServices(("SiloPort", $"{silo.Number}"), ("GatewayPort", "0"), setting);
            await ActivatorUtilities.CreateInstance<NodeStartCheck>(provider).StartAsync(CancellationToken.None);
        });
        return refused.Message;
    }

    private static ServiceProvider NodeServices(params (string Key, string Value)[] settings)
    {
        var values = new Dictionary<string, string?> { [$"{PostgresOptions.Section}:ConnectionString"] = "Host=nowhere" };
        foreach ((string key, string value) in settings)
        {
            values[$"{OrleansOptions.Section}:{key}"] = value;
        }

        return new ServiceCollection().AddOrleansSessionEngine(new ConfigurationBuilder().AddInMemoryCollection(values).Build()).BuildServiceProvider();
    }

    private static OrleansOptions Read(params (string Key, string Value)[] settings)
    {
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create($"{OrleansOptions.Section}:{s.Key}", (string?)s.Value)))
            .Build();
        var services = new ServiceCollection();
        services.AddOptions<OrleansOptions>().Bind(configuration.GetSection(OrleansOptions.Section));
        services.AddSingleton<IValidateOptions<OrleansOptions>, OrleansOptionsValidator>();
        using ServiceProvider provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<OrleansOptions>>().Value;
    }
}
