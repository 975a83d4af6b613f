using System.Text.Json;

namespace AgentSessions.Server;

/// <summary>Files of settings are looked at every four seconds for changes, and no folder is watched for them.</summary>
/// <remarks>
/// To watch <c>appsettings.json</c> the runtime watches the server's folder with all folders below it, and by default the data are there: each write
/// of a message would wake a thread that finds it is none of its business. With one chat on one core that was a quarter of the time to its first chunk.
/// A folder with thousands below it, such as a clone of this repository, also took as many of the system's few watches. Where somebody has set
/// the runtime's variable, it holds.
/// </remarks>
internal static partial class SettingsFiles
{
    private const string Variable = "DOTNET_USE_POLLING_FILE_WATCHER";

    /// <summary>To be called before the first file of settings is read.</summary>
    public static void LookInPlaceOfWatching()
    {
        if (Environment.GetEnvironmentVariable(Variable) is null)
        {
            Environment.SetEnvironmentVariable(Variable, "true");
        }
    }

    /// <summary>
    /// Tells of a file that was changed so that it cannot be read: the runtime passes over it in silence, and what was read before holds. To be called
    /// once the files were read for the start, which ends with such a file.
    /// </summary>
    public static void TellOfUnreadable(this WebApplication app)
    {
        ILogger logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(SettingsFiles));
        foreach (FileConfigurationSource file in ((IConfigurationRoot)app.Configuration).Providers.OfType<FileConfigurationProvider>().Select(static provider => provider.Source))
        {
            file.OnLoadException = context => LogUnreadable(logger, Explain(context.Exception));
        }
    }

    /// <summary>The file, and the line where it breaks off being readable.</summary>
    public static string Explain(Exception unreadable) =>
        unreadable.GetBaseException() is JsonException { LineNumber: { } line } ? $"{unreadable.Message.TrimEnd('.')}: it is no JSON from line {line + 1} on" : unreadable.Message;

    [LoggerMessage(4003, LogLevel.Error, "A changed file of settings cannot be read, and what was read before holds: {Problem}")]
    private static partial void LogUnreadable(ILogger logger, string problem);
}
