using System.Globalization;

namespace AgentSessions.Benchmarks.Processes;

/// <summary>What a process has used, from the kernel's own accounts. Not a number where there is no <c>/proc</c>.</summary>
/// <param name="CpuSeconds">User and system time, to a hundredth of a second.</param>
/// <param name="ResidentBytes">Anonymous memory in RAM: what the process itself has touched, without mapped files.</param>
internal readonly record struct ProcessUse(double CpuSeconds, double ResidentBytes)
{
    // The kernel states times to user space in hundredths of a second on every architecture .NET runs on.
    private const double TicksPerSecond = 100;

    public static ProcessUse Of(int processId)
    {
        string folder = $"/proc/{processId.ToString(CultureInfo.InvariantCulture)}";
        if (!Directory.Exists(folder))
        {
            return new ProcessUse(double.NaN, double.NaN);
        }

        // The second field is the name in parentheses, which may hold blanks; user and system time are fields 14 and 15.
        string stat = File.ReadAllText(Path.Combine(folder, "stat"));
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        double ticks = double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture);
        string resident = File.ReadLines(Path.Combine(folder, "status")).First(line => line.StartsWith("RssAnon:", StringComparison.Ordinal));
        double kilobytes = double.Parse(resident.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        return new ProcessUse(ticks / TicksPerSecond, kilobytes * 1_024);
    }
}
