using AgentSessions.Gateway.Puffle.Settings;
using AgentSessions.Gateway.Stagent.Settings;
using AgentSessions.Gateway.Users;

namespace AgentSessions.Server.Settings;

/// <summary>Finds settings that are about an agent whom nobody registered: they would have no effect, or fail the first request that needs them.</summary>
internal static class UnregisteredAgents
{
    /// <summary>The setting that says who answers in Puffle's API.</summary>
    public const string PuffleAgent = $"{PuffleOptions.Section}:{nameof(PuffleOptions.Agent)}";

    /// <summary>The keys, with the registered name that was probably meant, in the order of the configuration.</summary>
    public static IEnumerable<UnknownSetting> Find(IConfiguration configuration, IReadOnlyCollection<string> registered) =>
        from named in Named(configuration)
        where !registered.Contains(named.Agent, StringComparer.OrdinalIgnoreCase)
        select new UnknownSetting(named.Key, KeyDistance.Nearest(named.Agent, registered));

    /// <summary>
    /// Whether users may call Puffle's API and nobody said which agent answers them: the setting is left out, its usual agent is not registered and the
    /// choice is not one agent alone. One that is set to somebody unknown is found by <see cref="Find"/>.
    /// </summary>
    public static bool LeavePuffleWithoutAgent(IConfiguration configuration, IReadOnlyCollection<string> registered) =>
        string.IsNullOrEmpty(configuration[PuffleAgent])
        && registered.Count != 1
        && !registered.Contains(new PuffleOptions().Agent, StringComparer.OrdinalIgnoreCase)
        && configuration.GetSection($"{UsersOptions.Section}:{nameof(UsersOptions.Users)}").GetChildren().Any(MayCallPuffle);

    private static bool MayCallPuffle(IConfigurationSection user) =>
        user.GetValue<bool>(nameof(UserOptions.Administrator)) || user.GetValue<bool>(nameof(UserOptions.AgentApi));

    private static IEnumerable<(string Key, string Agent)> Named(IConfiguration configuration)
    {
        string[] byKey = ["AgentSessions:Agents", $"{StagentOptions.Section}:{nameof(StagentOptions.AgentModels)}"];
        string[] byValue =
        [
            PuffleAgent,
            $"{StagentOptions.Section}:{nameof(StagentOptions.DefaultAgent)}",
        ];
        string[] byValues = [$"{StagentOptions.Section}:{nameof(StagentOptions.Models)}", $"{StagentOptions.Section}:{nameof(StagentOptions.Runtimes)}"];

        return byKey.SelectMany(key => configuration.GetSection(key).GetChildren()).Select(static child => (child.Path, child.Key))
            .Concat(byValue.Select(configuration.GetSection).Concat(byValues.SelectMany(key => configuration.GetSection(key).GetChildren()))
                .Where(static section => !string.IsNullOrEmpty(section.Value)).Select(static section => (section.Path, section.Value!)));
    }
}
