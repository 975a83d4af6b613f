namespace AgentSessions.Server;

/// <summary>Files of settings are looked at every four seconds for changes, and no folder is watched for them.</summary>
/// <remarks>
/// To watch <c>appsettings.json</c> the runtime watches the server's folder with all folders below it, and by default the data are there: each write
/// of a message would wake a thread that finds it is none of its business. With one chat on one core that was a quarter of the time to its first chunk.
/// A folder with thousands below it, such as a clone of this repository, also took as many of the system's few watches. Where somebody has set
/// the runtime's variable, it holds.
/// </remarks>
internal static class SettingsFiles
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
}
