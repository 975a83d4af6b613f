using AgentSessions.TestServer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Models.Tests.Catalog;

/// <summary>A host with the given settings (the last of one key counts) and nothing from the machine's own environment.</summary>
internal static class TestHost
{
    public static IHost Build(CollectedLogs logs, Action<IServiceCollection, IConfiguration> add, params (string Key, string Value)[] settings)
    {
        HostApplicationBuilder builder = new(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings.GroupBy(setting => setting.Key).Select(same => KeyValuePair.Create(same.Key, (string?)same.Last().Value)));
        builder.Logging.AddProvider(logs).SetMinimumLevel(LogLevel.Trace);
        add(builder.Services, builder.Configuration);
        return builder.Build();
    }

    public static IHost Models(params (string Key, string Value)[] settings) => Build(new CollectedLogs(), (services, configuration) => services.AddAgentSessionsModels(configuration), settings);
}
