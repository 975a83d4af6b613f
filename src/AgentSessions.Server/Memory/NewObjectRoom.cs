using System.Collections;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace AgentSessions.Server.Memory;

/// <summary>Gives the runtime room for 128 MiB of new objects before it collects, in place of 16 MiB.</summary>
/// <remarks>
/// What lives through a collection is moved, and under load that is what all turns have in hand: with more room the same work is collected less
/// often, which takes about a quarter of the processor's time off a chunk (docs/performance.md). The runtime reads this size from the environment at
/// its start and from nowhere else, so the process replaces itself once: same id, arguments, streams. Set the variable, to any value, and it does not.
/// </remarks>
internal static partial class NewObjectRoom
{
    /// <summary>Bytes in hexadecimal.</summary>
    public const string Variable = "DOTNET_GCgen0size";

    private const string Size = "0x8000000";

    /// <summary>With less memory than this, 2 GiB, the room is better used otherwise.</summary>
    private const long LeastMemory = 2L << 30;

    // Somebody who watches the runtime's start, or has chosen another collector, would be surprised.
    private static readonly string[] _others = [Variable, "DOTNET_gcServer", "DOTNET_GCHeapHardLimit", "DOTNET_GCName", "DOTNET_DiagnosticPorts"];

    /// <summary>Returns where nothing is to be done or it cannot be; else this process goes on as a new one.</summary>
    public static void Widen()
    {
        if (!OperatingSystem.IsLinux() || Debugger.IsAttached || _others.Any(static name => Environment.GetEnvironmentVariable(name) is not null)
            || GC.GetGCMemoryInfo().TotalAvailableMemoryBytes < LeastMemory)
        {
            return;
        }

        try
        {
            // Each argument ends with a zero, so the last part is what follows the last of them: nothing.
            string[] arguments = Encoding.UTF8.GetString(File.ReadAllBytes("/proc/self/cmdline")).Split('\0')[..^1];
            ForgetDiagnostics();
            _ = execve(Environment.ProcessPath!, [.. arguments, null], [.. Inherited(), $"{Variable}={Size}", null]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // No /proc here, or a temporary folder that is not ours: it works without.
        }
    }

    /// <summary>The runtime names its diagnostic socket and pipes after the process and its start, and cannot make them anew while these are there.</summary>
    private static void ForgetDiagnostics()
    {
        // The fields behind the name in parentheses begin with the third; the start is the 22nd.
        string stat = File.ReadAllText("/proc/self/stat");
        string process = $"{Environment.ProcessId}-{stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19]}";
        foreach (string name in (string[])[$"dotnet-diagnostic-{process}-socket", $"clr-debug-pipe-{process}-in", $"clr-debug-pipe-{process}-out"])
        {
            File.Delete(Path.Combine(Path.GetTempPath(), name));
        }
    }

    private static IEnumerable<string> Inherited() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(static variable => $"{variable.Key}={variable.Value}");

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int execve(string path, string?[] arguments, string?[] environment);
}
