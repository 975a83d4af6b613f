using Microsoft.Extensions.Configuration;

namespace AgentSessions.Agents;

/// <summary>Reads an agent's options from its configuration section.</summary>
internal static class AgentOptionsConfiguration
{
    /// <exception cref="InvalidOperationException">A value is unusable; the message names its key.</exception>
    public static void Apply(IConfigurationSection section, AgentOptions options)
    {
        ConfigurationValues.Duration(section, nameof(options.IdleTimeout), value => options.IdleTimeout = value);
        ConfigurationValues.Duration(section, nameof(options.TurnTimeout), value => options.TurnTimeout = value);
        ConfigurationValues.Duration(section, nameof(options.PreloadIdleTimeout), value => options.PreloadIdleTimeout = value);
        ConfigurationValues.Duration(section, nameof(options.PreloadTurnTimeout), value => options.PreloadTurnTimeout = value);
        ConfigurationValues.Duration(section, nameof(options.MaxDuration), value => options.MaxDuration = value);
        ConfigurationValues.Duration(section, nameof(options.StopGrace), value => options.StopGrace = value);
        ConfigurationValues.Number(section, nameof(options.MaxTurns), value => options.MaxTurns = value);
        ConfigurationValues.Number(section, nameof(options.MaxSteps), value => options.MaxSteps = value);
        ConfigurationValues.Switch(section, nameof(options.ExitAfterPreloadIdle), value => options.ExitAfterPreloadIdle = value);
        BudgetConfiguration.Apply(section.GetSection(nameof(options.TurnBudget)), options.TurnBudget);
        BudgetConfiguration.Apply(section.GetSection(nameof(options.SessionBudget)), options.SessionBudget);
        ConfigurationValues.Choice<VersionPolicy>(section, nameof(options.VersionPolicy), value => options.VersionPolicy = value);
        options.Version = section[nameof(options.Version)] ?? options.Version;
    }
}
