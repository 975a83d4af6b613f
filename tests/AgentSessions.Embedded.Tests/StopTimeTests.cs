using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AgentSessions.Embedded.Tests;

/// <summary>Turns get the time that was promised to them, however short the host's own patience is.</summary>
public sealed class StopTimeTests
{
    [Theory]
    [InlineData("00:00:20", 30, 30)]
    [InlineData("00:02:00", 30, 130)]
    [InlineData("00:02:00", 600, 600)]
    public void Host_WaitsLongEnoughForTurns(string grace, int hostSeconds, int expectedSeconds)
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new KeyValuePair<string, string?>("AgentSessions:Embedded:StopGrace", grace)]).Build();
        var services = new ServiceCollection();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(hostSeconds));
        services.AddEmbeddedSessionEngine(configuration);

        using ServiceProvider provider = services.BuildServiceProvider();

        Assert.Equal(TimeSpan.FromSeconds(expectedSeconds), provider.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout);
    }
}
