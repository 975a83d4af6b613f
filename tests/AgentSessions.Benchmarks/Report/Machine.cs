using System.Globalization;
using System.Runtime.InteropServices;
using AgentSessions.Benchmarks.Processes;

namespace AgentSessions.Benchmarks.Report;

/// <summary>What the figures were measured on.</summary>
internal static class Machine
{
    public static string Describe(string dataFolder)
    {
        string date = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        string pinned = Pinning.Available ? "server on one core, generator on another" : "server and generator not pinned: no taskset here";
        return $"{date} UTC · {Processor()}, {CoreCount()} cores, {MemoryGigabytes()} GB · {RuntimeInformation.OSDescription} · "
            + $"{RuntimeInformation.FrameworkDescription} · data on {FileSystem(dataFolder)} · {pinned}";
    }

    private static string Processor() =>
        ReadLine("/proc/cpuinfo", "model name")?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();

    /// <summary>All of the machine's, not only those this process is pinned to.</summary>
    private static int CoreCount() =>
        File.Exists("/proc/cpuinfo") ? File.ReadLines("/proc/cpuinfo").Count(line => line.StartsWith("processor", StringComparison.Ordinal)) : Environment.ProcessorCount;

    private static string MemoryGigabytes() =>
        (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9).ToString("0", CultureInfo.InvariantCulture);

    private static string FileSystem(string folder)
    {
        string full = Path.GetFullPath(folder);
        return DriveInfo.GetDrives().Where(drive => full.StartsWith(drive.Name, StringComparison.Ordinal)).MaxBy(drive => drive.Name.Length)?.DriveFormat ?? "unknown";
    }

    private static string? ReadLine(string file, string start) =>
        File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal)) : null;
}
