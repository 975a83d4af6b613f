using AgentSessions.Core.Runs;

namespace AgentSessions.Server.Settings;

/// <summary>Tells the operator which keys are ignored, before the start can fail for want of what was misspelt.</summary>
internal static partial class UnknownSettingWarnings
{
    /// <summary>A whole file of somebody else's keys is not worth more lines than this.</summary>
    private const int MostLines = 20;

    public static void WarnOfUnknownSettings(this IHost host)
    {
        ILogger logger = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(UnknownSettings));
        var configuration = host.Services.GetRequiredService<IConfiguration>();
        foreach (UnknownSetting unknown in UnknownSettings.Find(configuration).Take(MostLines))
        {
            LogIgnored(logger, unknown.Key, Hint(unknown));
        }

        IReadOnlyCollection<string> agents = host.Services.GetRequiredService<IAgentCatalog>().Names;
        foreach (UnknownSetting unknown in UnregisteredAgents.Find(configuration, agents).Take(MostLines))
        {
            LogUnregistered(logger, unknown.Key, Hint(unknown));
        }

        if (UnregisteredAgents.LeavePuffleWithoutAgent(configuration, agents))
        {
            LogNoAgent(logger, UnregisteredAgents.PuffleAgent);
        }
    }

    private static string Hint(UnknownSetting unknown) => unknown.Known is null ? "" : $"; did you mean {unknown.Known}?";

    [LoggerMessage(4002, LogLevel.Warning, "{Key} is not a setting and is ignored{Hint}")]
    private static partial void LogIgnored(ILogger logger, string key, string hint);

    [LoggerMessage(4006, LogLevel.Warning, "{Key} is not set: users may call /api/agent/chat, and each call will be answered with 500 until it names a registered agent")]
    private static partial void LogNoAgent(ILogger logger, string key);

    [LoggerMessage(4004, LogLevel.Warning, "{Key} is about an agent that is not registered{Hint}")]
    private static partial void LogUnregistered(ILogger logger, string key, string hint);
}
