using System.Collections;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using AgentSessions.Core.Nodes;

namespace AgentSessions.Server.Restarts;

/// <summary>Has this process go on as a new one of the same program: same id, arguments, streams. On Linux only.</summary>
internal sealed partial class ProcessRestart : INodeRestart
{
    /// <inheritdoc/>
    public void Restart() => TryRestart();

    /// <summary>Returns where it cannot be done, or somebody watches with a debugger.</summary>
    /// <param name="variables">Added to the environment, as <c>name=value</c>.</param>
    public static void TryRestart(params IEnumerable<string> variables)
    {
        if (!OperatingSystem.IsLinux() || Debugger.IsAttached)
        {
            return;
        }

        try
        {
            // Each argument ends with a zero, so the last part is what follows the last of them: nothing.
            string[] arguments = Encoding.UTF8.GetString(File.ReadAllBytes("/proc/self/cmdline")).Split('\0')[..^1];
            ForgetDiagnostics();
            _ = execve(Environment.ProcessPath!, [.. arguments, null], [.. Inherited(), .. variables, null]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // No /proc here, or a temporary folder that is not ours.
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
