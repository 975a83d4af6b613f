using System.Runtime.InteropServices;

namespace AgentSessions.Server;

/// <summary>What the system says to a process whose files may not grow further (<c>ulimit -f</c>).</summary>
internal static class FileSizeSignal
{
    /// <summary>SIGXFSZ, which has the same number on Linux and macOS.</summary>
    private const PosixSignal FileSizeExceeded = (PosixSignal)25;

    /// <summary>Keeps the process alive: the write that was too much fails, which is dealt with as a full disk is. Null where there is no such limit.</summary>
    public static PosixSignalRegistration? Survive() =>
        OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(FileSizeExceeded, static signal => signal.Cancel = true);
}
