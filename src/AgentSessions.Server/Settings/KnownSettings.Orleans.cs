using AgentSessions.Orleans.Settings;

namespace AgentSessions.Server.Settings;

internal static partial class KnownSettings
{
    static partial void DescribeOrleans(ref SettingsMap map) => map = SettingsMap.Of(typeof(OrleansOptions));
}
