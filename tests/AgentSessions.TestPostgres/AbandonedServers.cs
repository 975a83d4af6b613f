using System.Diagnostics;

namespace AgentSessions.TestPostgres;

/// <summary>Ends servers, also those that a killed test run left behind: a server outlives the process that started it.</summary>
internal static class AbandonedServers
{
    private const string Prefix = "agent-sessions-postgres-";

    /// <summary>A folder's name that says whose it is.</summary>
    public static string NewName() => $"{Prefix}{Environment.ProcessId}-{Guid.NewGuid():n}";

    /// <summary>Ends and removes the servers of processes that are no more.</summary>
    public static async Task RemoveAsync()
    {
        foreach (string folder in Directory.GetDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            string owner = Path.GetFileName(folder)[Prefix.Length..].Split('-')[0];
            if (int.TryParse(owner, out int id) && !IsRunning(id))
            {
                await EndAsync(folder);
            }
        }
    }

    /// <summary>Stops a folder's server if it runs, and removes the folder.</summary>
    public static async Task EndAsync(string folder)
    {
        try
        {
            await PostgresCommand.RunAsync(
                Path.Combine(PostgresBinaries.Folder, "pg_ctl"), "-D", Path.Combine(folder, "data"), "-m", "fast", "-w", "stop");
        }
        catch (InvalidOperationException)
        {
            // It does not run.
        }

        await PostgresCommand.RunAsync("rm", "-rf", folder);
    }

    private static bool IsRunning(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
