namespace AgentSessions.Server.Settings;

/// <summary>The levels of logs, which the runtime reads by itself, and refuses without naming the key.</summary>
internal static class LogLevelSettings
{
    /// <exception cref="InvalidOperationException">A level is wrong; the message names its key.</exception>
    public static void Check(IConfiguration configuration)
    {
        IConfigurationSection logging = configuration.GetSection("Logging");
        foreach (IConfigurationSection level in logging.GetChildren().Prepend(logging).SelectMany(static section => section.GetSection("LogLevel").GetChildren()))
        {
            if (!string.IsNullOrEmpty(level.Value) && !Enum.TryParse(level.Value, ignoreCase: true, out LogLevel _))
            {
                throw new InvalidOperationException($"{level.Path} must be {string.Join(" or ", Enum.GetNames<LogLevel>())}");
            }
        }
    }
}
