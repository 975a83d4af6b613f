namespace AgentSessions.Benchmarks.Processes;

/// <summary>What a data directory takes on disk.</summary>
internal static class DiskUse
{
    /// <summary>Length of all files below a folder, in bytes. A file that goes away meanwhile counts as nothing.</summary>
    public static long Of(string folder)
    {
        long total = 0;
        foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            try
            {
                total += file.Length;
            }
            catch (FileNotFoundException)
            {
                // A segment or journal was dropped between listing and looking.
            }
        }

        return total;
    }
}
