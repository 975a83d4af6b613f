using AgentSessions.Gateway.Puffle.Settings;
using AgentSessions.Gateway.Stagent.Settings;

namespace AgentSessions.Server.Settings;

/// <summary>Finds settings that are about an agent whom nobody registered: they would have no effect, or fail the first request that needs them.</summary>
internal static class UnregisteredAgents
{
    /// <summary>The keys, with the registered name that was probably meant, in the order of the configuration.</summary>
    public static IEnumerable<UnknownSetting> Find(IConfiguration configuration, IReadOnlyCollection<string> registered) =>
        from named in Named(configuration)
        where !registered.Contains(named.Agent, StringComparer.OrdinalIgnoreCase)
        select new UnknownSetting(named.Key, KeyDistance.Nearest(named.Agent, registered));

    private static IEnumerable<(string Key, string Agent)> Named(IConfiguration configuration)
    {
        string[] byKey = ["AgentSessions:Agents", $"{StagentOptions.Section}:{nameof(StagentOptions.AgentModels)}"];
        string[] byValue =
        [
            $"{PuffleOptions.Section}:{nameof(PuffleOptions.Agent)}",
            $"{StagentOptions.Section}:{nameof(StagentOptions.DefaultAgent)}",
        ];
        string[] byValues = [$"{StagentOptions.Section}:{nameof(StagentOptions.Models)}", $"{StagentOptions.Section}:{nameof(StagentOptions.Runtimes)}"];

        return byKey.SelectMany(key => configuration.GetSection(key).GetChildren()).Select(static child => (child.Path, child.Key))
            .Concat(byValue.Select(configuration.GetSection).Concat(byValues.SelectMany(key => configuration.GetSection(key).GetChildren()))
                .Where(static section => !string.IsNullOrEmpty(section.Value)).Select(static section => (section.Path, section.Value!)));
    }
}
