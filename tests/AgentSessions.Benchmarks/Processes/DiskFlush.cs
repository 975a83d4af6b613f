using System.Diagnostics;
using System.Runtime.InteropServices;
using AgentSessions.Load;
using Microsoft.Win32.SafeHandles;

namespace AgentSessions.Benchmarks.Processes;

/// <summary>Measures the least a durable answer can cost on a disk: appending a page and flushing it, twice.</summary>
internal static class DiskFlush
{
    private const int PageBytes = 4_096;

    /// <summary>Times pairs of appended pages, each with its <c>fdatasync</c>.</summary>
    /// <param name="folder">A folder on the disk in question.</param>
    /// <param name="pairs">How many pairs.</param>
    public static LatencySummary MeasurePairs(string folder, int pairs)
    {
        string path = Path.Combine(folder, "flush.probe");
        LatencyHistogram times = new();
        byte[] page = new byte[PageBytes];
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
            for (int pair = 0; pair < pairs; pair++)
            {
                long begun = Stopwatch.GetTimestamp();
                AppendAndFlush(file, page, pair * 2L);
                AppendAndFlush(file, page, (pair * 2L) + 1);
                times.Record(Stopwatch.GetElapsedTime(begun));
            }
        }
        finally
        {
            File.Delete(path);
        }

        return times.Summarize();
    }

    private static void AppendAndFlush(SafeFileHandle file, byte[] page, long index)
    {
        RandomAccess.Write(file, page, index * PageBytes);
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(file);
        }
        else if (FlushData(file) != 0)
        {
            throw new IOException($"fdatasync failed with {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [DllImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FlushData(SafeFileHandle file);
}
