using System.Diagnostics;

namespace AgentSessions.Server.Tests;

/// <summary>A file system in memory with little room, mounted until it is disposed of.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _ballast;

    private SmallDisk(string path)
    {
        Path = path;
        _ballast = System.IO.Path.Combine(path, "ballast");
    }

    /// <summary>Why there can be none here, or null.</summary>
    public static string? WhyNot { get; } = Try();

    public string Path { get; }

    public static SmallDisk Mount(int megabytes)
    {
        string path = Directory.CreateTempSubdirectory("disk-").FullName;
        return Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", path) is { } error ? throw new IOException(error) : new SmallDisk(path);
    }

    /// <summary>Leaves no byte free.</summary>
    public void Fill()
    {
        using FileStream file = File.Create(_ballast);
        byte[] block = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(block);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // That was the last.
        }
    }

    public void Free() => File.Delete(_ballast);

    public void Dispose()
    {
        Run("umount", "-l", Path);
        Directory.Delete(Path);
    }

    private static string? Try()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
        {
            return "Needs root on Linux, to mount a small file system.";
        }

        try
        {
            using SmallDisk disk = Mount(1);
            return null;
        }
        catch (IOException exception)
        {
            return $"No small file system can be mounted here: {exception.Message}";
        }
    }

    private static string? Run(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : error.Trim();
    }
}
