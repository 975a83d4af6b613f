namespace AgentSessions.Embedded.Files;

/// <summary>The store's directory, held by one process.</summary>
internal sealed class DataDirectory : IDisposable
{
    private const string LockName = "lock";

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    public string Path { get; }

    /// <summary>Makes the directory if it is missing, for its owner only, and locks it.</summary>
    /// <exception cref="StoreInUseException">Another store has it open.</exception>
    public static DataDirectory Open(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        if (!Directory.Exists(full))
        {
            Create(full);
        }

        try
        {
            return new DataDirectory(full, new FileStream(System.IO.Path.Combine(full, LockName), Options(FileShare.None)));
        }
        catch (IOException exception) when (exception is not DirectoryNotFoundException && !DiskFailure.IsFull(exception))
        {
            throw new StoreInUseException(full, exception);
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
