using System.Globalization;

namespace AgentSessions.Server.Tests.PowerCuts;

/// <summary>Runs a program under strace and plays to a <see cref="CutDisk"/> what the program did to its files.</summary>
internal static class DiskTrace
{
    private const string Calls =
        "openat,write,writev,pwrite64,pwritev,pwritev2,ftruncate,truncate,fallocate,copy_file_range,sendfile,"
        + "rename,renameat,renameat2,unlink,unlinkat,link,linkat,fsync,fdatasync";

    /// <summary>Flushes take a few milliseconds, as on a disk: most cuts then fall between a write and the end of its flush.</summary>
    public const string SlowFlushes = "fsync,fdatasync:delay_enter=3000";

    private const string Unfinished = " <unfinished ...>";

    /// <summary>Flushes fail, from one of each thread's on at regular distances.</summary>
    public static string FailingFlushes(int first, int step) => $"fsync,fdatasync:error=EIO:when={first}+{step}";

    /// <summary>Writes fail, from one of each thread's on at regular distances.</summary>
    public static string FailingWrites(int first, int step) => $"pwrite64:error=EIO:when={first}+{step}";

    /// <summary>What stands before the program's own command. The program keeps its process id.</summary>
    /// <param name="report">The report's file.</param>
    /// <param name="fault">What the disk does.</param>
    public static string[] Launcher(string report, string fault) =>
    [
        StraceFactAttribute.Strace, "-D", "-f", "-q", "-y", "-xx", "-s", "4000000", "--seccomp-bpf",
        "-e", $"trace={Calls}", "-e", $"inject={fault}", "-o", report,
    ];

    /// <summary>The tracer of a process that runs.</summary>
    public static int TracerOf(int processId)
    {
        const string Fact = "TracerPid:";
        return int.Parse(File.ReadLines($"/proc/{processId}/status").First(static line => line.StartsWith(Fact, StringComparison.Ordinal))[Fact.Length..], CultureInfo.InvariantCulture);
    }

    /// <summary>Whether a tracer is done, and its report complete.</summary>
    public static bool IsDone(int tracer)
    {
        try
        {
            // Nobody may have asked yet how it ended.
            return File.ReadAllText($"/proc/{tracer}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Plays the report of a process that has ended to a disk.</summary>
    public static void Play(string report, CutDisk disk)
    {
        // A call that another thread's came between is on two lines.
        var begun = new Dictionary<string, TracedCall>();
        foreach (string line in File.ReadLines(report))
        {
            int space = line.IndexOf(' ');
            string thread = line[..space];
            string text = line[space..].TrimStart();
            if (text.StartsWith("<... ", StringComparison.Ordinal))
            {
                if (begun.Remove(thread, out TracedCall? call))
                {
                    disk.End(call, ResultOf(text));
                }
            }
            else if (text.IndexOf('(') is > 0 and int open)
            {
                bool isUnfinished = text.EndsWith(Unfinished, StringComparison.Ordinal);
                var call = TracedCall.Read(text[..open], text[(open + 1)..^(isUnfinished ? Unfinished.Length : 0)]);
                disk.Begin(call);
                if (isUnfinished)
                {
                    begun[thread] = call;
                }
                else
                {
                    disk.End(call, ResultOf(text));
                }
            }
        }

        foreach (TracedCall call in begun.Values)
        {
            disk.Abandon(call);
        }
    }

    /// <returns>What the call returned; -1 as well when it did not return.</returns>
    private static long ResultOf(string text)
    {
        const string Mark = " = ";
        ReadOnlySpan<char> result = text.AsSpan(text.LastIndexOf(Mark, StringComparison.Ordinal) + Mark.Length);
        int end = result.IndexOfAnyExcept("-0123456789");
        return long.TryParse(end < 0 ? result : result[..end], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value : -1;
    }
}
