using System.Diagnostics;
using System.Globalization;

namespace AgentSessions.Benchmarks.Processes;

/// <summary>Gives a process one core, so that server and generator do not take each other's time.</summary>
internal static class Pinning
{
    private static readonly string? s_taskset = FindTaskset();

    /// <summary>Whether processes can be pinned here; otherwise they share all cores and the figures say so.</summary>
    public static bool Available => s_taskset is not null && Environment.ProcessorCount > 0;

    /// <summary>How to start a program on one core. The process keeps the id it is started with.</summary>
    public static ProcessStartInfo Apply(int? core, string program, IEnumerable<string> arguments) =>
        core is { } number && s_taskset is { } taskset
            ? new ProcessStartInfo(taskset, ["-c", number.ToString(CultureInfo.InvariantCulture), program, .. arguments])
            : new ProcessStartInfo(program, arguments);

    /// <summary>Lets this process, and those it starts from now on, run on every core.</summary>
    public static async Task ReleaseAsync()
    {
        if (s_taskset is { } taskset)
        {
            // The mask of as many cores as the system can count; it takes those that there are.
            using Process release = Process.Start(new ProcessStartInfo(taskset, ["-a", "-p", "ffffffff", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true })!;
            await release.WaitForExitAsync();
        }
    }

    private static string? FindTaskset() =>
        OperatingSystem.IsLinux()
            ? (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, "taskset")).FirstOrDefault(File.Exists)
            : null;
}
