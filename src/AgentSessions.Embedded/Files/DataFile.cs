using Microsoft.Win32.SafeHandles;

namespace AgentSessions.Embedded.Files;

/// <summary>A file of ours: readable by its owner only, written at given places, flushed on demand.</summary>
internal sealed class DataFile : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly byte[] _zeros = new byte[1 << 20];

    private readonly SafeFileHandle _handle;
    private readonly DiskProbe? _probe;

    private DataFile(string path, SafeFileHandle handle, DiskProbe? probe)
    {
        Path = path;
        _handle = handle;
        _probe = probe;
    }

    public string Path { get; }

    public long Length => RandomAccess.GetLength(_handle);

    /// <summary>Makes a file of zeros that are really allocated, so that later writes change no metadata and cannot lack room.</summary>
    /// <remarks>If it fails the file is removed again.</remarks>
    public static DataFile Create(string path, long size, DiskProbe? probe)
    {
        probe?.Invoke(DiskOperation.Create, path, size);
        var file = new DataFile(path, OpenHandle(path, FileMode.Create), probe);
        try
        {
            file.Zero(0, size);
            file.Flush();
            NativeSync.FlushDirectory(System.IO.Path.GetDirectoryName(path)!);
            return file;
        }
        catch (IOException)
        {
            file.Dispose();
            File.Delete(path);
            throw;
        }
    }

    public static DataFile Open(string path, DiskProbe? probe) => new(path, OpenHandle(path, FileMode.Open), probe);

    /// <summary>Writes all bytes at an offset.</summary>
    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        _probe?.Invoke(DiskOperation.Write, Path, bytes.Length);
        try
        {
            RandomAccess.Write(_handle, bytes, offset);
        }
        catch (ArgumentOutOfRangeException exception)
        {
            // What the runtime makes of EFBIG: the file may not get so long here. The offset is right.
            throw new IOException(exception.Message, exception) { HResult = DiskFailure.TooLarge };
        }
    }

    /// <summary>Reads until the span is full or the file ends.</summary>
    /// <returns>The bytes read.</returns>
    public int Read(Span<byte> bytes, long offset)
    {
        _probe?.Invoke(DiskOperation.Read, Path, bytes.Length);
        int total = 0;
        while (total < bytes.Length)
        {
            int read = RandomAccess.Read(_handle, bytes[total..], offset + total);
            if (read == 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }

    public void Flush()
    {
        _probe?.Invoke(DiskOperation.Sync, Path, 0);
        NativeSync.Flush(_handle);
    }

    public void Zero(long start, long end)
    {
        for (long offset = start; offset < end; offset += _zeros.Length)
        {
            Write(_zeros.AsSpan(0, (int)Math.Min(_zeros.Length, end - offset)), offset);
        }
    }

    public void Delete()
    {
        Dispose();
        File.Delete(Path);
    }

    public void Dispose() => _handle.Dispose();

    private static SafeFileHandle OpenHandle(string path, FileMode mode)
    {
        // FileStream takes the mode bits on creation and File.OpenHandle does not.
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite, BufferSize = 0 };
        if (mode == FileMode.Create && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        if (mode == FileMode.Create)
        {
            new FileStream(path, options).Dispose();
        }

        return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
    }
}
