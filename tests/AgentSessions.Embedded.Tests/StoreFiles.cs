namespace AgentSessions.Embedded.Tests;

/// <summary>Copies of a store's files, as a crash or a backup finds them.</summary>
internal static class StoreFiles
{
    /// <summary>Copies every file but the lock, while nothing is written.</summary>
    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from).Where(file => Path.GetFileName(file) != "lock"))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    public static void Replace(string target, string with)
    {
        foreach (string file in Directory.EnumerateFiles(target))
        {
            File.Delete(file);
        }

        Copy(with, target);
    }
}
