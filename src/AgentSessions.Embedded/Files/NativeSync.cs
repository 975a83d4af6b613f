using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AgentSessions.Embedded.Files;

/// <summary>Flushes to the disk, by the cheapest call that keeps the promise.</summary>
internal static partial class NativeSync
{
    private const int ReadOnly = 0;
    private static readonly bool _hasDataSync = OperatingSystem.IsLinux();

    /// <summary>Makes a file's content durable. Its times need not be, so that a file that keeps its size costs no journal of the file system.</summary>
    /// <exception cref="IOException">It is unknown what is durable; a second call may lie.</exception>
    public static void Flush(SafeFileHandle file)
    {
        if (!_hasDataSync)
        {
            RandomAccess.FlushToDisk(file);
            return;
        }

        bool held = false;
        try
        {
            file.DangerousAddRef(ref held);
            if (fdatasync((int)file.DangerousGetHandle()) != 0)
            {
                throw LastError("fdatasync");
            }
        }
        finally
        {
            if (held)
            {
                file.DangerousRelease();
            }
        }
    }

    /// <summary>Makes the names in a directory durable: files made, renamed or removed.</summary>
    public static void FlushDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int descriptor = open(directory, ReadOnly);
        if (descriptor < 0)
        {
            throw LastError("open");
        }

        int result = fsync(descriptor);
        IOException? failure = result == 0 ? null : LastError("fsync");
        _ = close(descriptor);
        if (failure is not null)
        {
            throw failure;
        }
    }

    /// <summary>What the last call into the system failed with.</summary>
    public static IOException LastError(string call)
    {
        int error = Marshal.GetLastPInvokeError();
        return new IOException($"{call} failed: {Marshal.GetPInvokeErrorMessage(error)}.", error);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fdatasync(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);
}
