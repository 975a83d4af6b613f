using AgentSessions.Orleans;
using AgentSessions.Server.Settings;

namespace AgentSessions.Server;

internal static partial class EngineSelection
{
    static partial void AddOrleansEngine(IServiceCollection services, IConfiguration configuration, ref bool isIncluded)
    {
        isIncluded = true;
        services.AddOrleansSessionEngine(configuration);
    }

    static partial void DescribeOrleans(ref SettingsMap map) => map = SettingsMap.Of(typeof(OrleansOptions));
}
