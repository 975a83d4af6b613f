using System.Diagnostics;

namespace AgentSessions.Models.Tests.Peers;

/// <summary>Independent programs from npm that the tests talk to, installed by the lock file the first time they are needed.</summary>
internal static class Peer
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Peers");
    private static readonly Lazy<string?> Install = new(TryInstall);

    /// <summary>Why the peers cannot run here; null when they can.</summary>
    public static string? Missing => Install.Value;

    /// <summary>A file of an installed package.</summary>
    public static string File(string path) => Path.Combine(Folder, "node_modules", path);

    /// <summary>A file beside the lock file.</summary>
    public static string Own(string name) => Path.Combine(Folder, name);

    private static string? TryInstall()
    {
        string? node = Run("node", TimeSpan.FromSeconds(30), "--version");
        if (node is not null)
        {
            return $"Needs Node.js: {node}";
        }

        string stamp = Path.Combine(Folder, "installed.json"), locked = System.IO.File.ReadAllText(Own("package-lock.json"));
        if (System.IO.File.Exists(stamp) && System.IO.File.ReadAllText(stamp) == locked)
        {
            return null;
        }

        if (Run("npm", TimeSpan.FromMinutes(15), "ci", "--ignore-scripts", "--no-audit", "--no-fund") is { } failed)
        {
            return $"Needs packages from npm: {failed}";
        }

        System.IO.File.WriteAllText(stamp, locked);
        return null;
    }

    /// <returns>What went wrong; null for nothing.</returns>
    private static string? Run(string program, TimeSpan limit, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(limit))
            {
                process.Kill(entireProcessTree: true);
                return $"'{program} {arguments[0]}' took longer than {limit}";
            }

            return process.ExitCode == 0 ? null : $"'{program} {arguments[0]}' ended with {process.ExitCode}: {errors.Result}{output.Result}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return $"'{program}' is not installed";
        }
    }
}

/// <summary>A test that talks to a peer, and is skipped where peers cannot run.</summary>
internal sealed class PeerFactAttribute : FactAttribute
{
    public PeerFactAttribute() => Skip = Peer.Missing;
}
