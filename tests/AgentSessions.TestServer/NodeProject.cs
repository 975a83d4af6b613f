using System.Diagnostics;
using System.Text;

namespace AgentSessions.TestServer;

/// <summary>A small Node project under <c>tests/</c>: installs what its lock file names, once, and runs its files.</summary>
/// <param name="folder">The folder's name under <c>tests/</c>.</param>
public sealed class NodeProject(string folder)
{
    /// <summary>The first with <c>--test-force-exit</c>.</summary>
    private static readonly Version _oldest = new(20, 14);

    private static readonly TimeSpan _installLimit = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan _lockPause = TimeSpan.FromMilliseconds(200);
    private static readonly SemaphoreSlim _installing = new(1, 1);

    /// <summary>Why Node projects cannot run here, or null.</summary>
    public static string? Missing { get; } = FindMissing();

    /// <summary>The project's folder.</summary>
    public string Folder => Path.Combine(Repository.Root, "tests", folder);

    /// <summary>Installs the locked packages unless they are there.</summary>
    public async Task InstallAsync()
    {
        await _installing.WaitAsync();
        try
        {
            await using FileStream others = await LockAsync();

            // npm writes this file last, so an install that was cut off is done again.
            string done = Path.Combine(Folder, "node_modules", ".package-lock.json");
            if (File.Exists(done) && File.GetLastWriteTimeUtc(done) >= File.GetLastWriteTimeUtc(Path.Combine(Folder, "package-lock.json")))
            {
                return;
            }

            (int code, string output) = await RunAsync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], new Dictionary<string, string>(), _installLimit);
            if (code != 0)
            {
                throw new InvalidOperationException($"npm ci failed in tests/{folder}:\n{output}");
            }
        }
        finally
        {
            _installing.Release();
        }
    }

    /// <summary>Runs test files of the folder, as many at once as there are processors, and collects what they print.</summary>
    /// <remarks>
    /// A file ends with its last test. The published client keeps its HTTP/2 connection for a next writer, and Node would wait until the server
    /// gives that up, 40 s later.
    /// </remarks>
    public Task<(int ExitCode, string Output)> TestAsync(IEnumerable<string> files, IReadOnlyDictionary<string, string> environment, TimeSpan limit) =>
        RunAsync(
            "node",
            ["--test", "--test-force-exit", $"--test-concurrency={Environment.ProcessorCount}", "--test-reporter=tap", .. files],
            environment,
            limit);

    /// <summary>Runs a program in the folder and collects what it prints.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, TimeSpan limit)
    {
        var start = new ProcessStartInfo(program) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        var output = new StringBuilder();
        using Process process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(output, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var cancel = new CancellationTokenSource(limit);
        try
        {
            await process.WaitForExitAsync(cancel.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Append(output, $"ended after {limit}");
            return (-1, output.ToString());
        }

        return (process.ExitCode, output.ToString());
    }

    /// <summary>Keeps test processes that need the same project from installing it at once.</summary>
    private async Task<FileStream> LockAsync()
    {
        string path = Path.Combine(Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts")).FullName, $"{folder}.install");
        using var limit = new CancellationTokenSource(_installLimit);
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(_lockPause, limit.Token);
            }
        }
    }

    private static void Append(StringBuilder output, string? line)
    {
        lock (output)
        {
            output.AppendLine(line);
        }
    }

    private static string? FindMissing()
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("node", "--version") { RedirectStandardOutput = true })!;
            string version = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return Version.TryParse(version.TrimStart('v'), out Version? found) && found >= _oldest
                ? null
                : $"Node {_oldest} or later is needed for the client tests; found '{version}'.";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return $"Node {_oldest} or later is needed for the client tests and was not found.";
        }
    }
}
