using AgentSessions.Core.Storage;

namespace AgentSessions.Embedded.Files;

/// <summary>The store's directory, held by one process.</summary>
internal sealed class DataDirectory : IDisposable
{
    private const string LockName = "lock";

    // The errno of a lock that another process holds, on Linux and on macOS, and what .NET uses on Windows.
    private const int LockHeld = 11;
    private const int LockHeldOnMac = 35;
    private const int WindowsSharing = unchecked((int)0x80070020);
    private const int WindowsLock = unchecked((int)0x80070021);

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    public string Path { get; }

    /// <summary>Makes the directory if it is missing, for its owner only, and locks it.</summary>
    /// <exception cref="StoreInUseException">Another store has it open.</exception>
    /// <exception cref="StoreUnavailableException">There is no room for it, or the disk refuses it.</exception>
    public static DataDirectory Open(string path, DiskProbe? probe)
    {
        string full = System.IO.Path.GetFullPath(path);
        string file = System.IO.Path.Combine(full, LockName);
        try
        {
            if (!Directory.Exists(full))
            {
                Create(full);
            }

            probe?.Invoke(DiskOperation.Create, file, 0);
            return new DataDirectory(full, new FileStream(file, Options(FileShare.None)));
        }
        catch (IOException exception) when (IsHeld(exception))
        {
            throw new StoreInUseException(full, exception);
        }
        catch (IOException exception)
        {
            throw DiskFailure.IsFull(exception)
                ? new StoreUnavailableException($"No room is left for the data directory {full}.", exception) { IsFull = true }
                : new StoreUnavailableException($"The data directory {full} cannot be made or locked: {exception.Message}", exception);
        }
    }

    /// <summary>Makes a file if it is missing, for its owner only; what others make beside it takes after it.</summary>
    public string MakeFile(string name)
    {
        string path = System.IO.Path.Combine(Path, name);
        new FileStream(path, Options(FileShare.ReadWrite)).Dispose();
        return path;
    }

    public void Dispose() => _lock.Dispose();

    private static bool IsHeld(IOException exception) => exception.HResult is LockHeld or LockHeldOnMac or WindowsSharing or WindowsLock;

    private static FileStreamOptions Options(FileShare share)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = share };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    private static void Create(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
