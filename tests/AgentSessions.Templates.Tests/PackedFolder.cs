using System.Diagnostics;
using AgentSessions.TestServer;

namespace AgentSessions.Templates.Tests;

/// <summary>All packages of this build in a folder, and an empty place to use them from: nothing of it reaches the user's own caches.</summary>
public sealed class PackedFolder : IAsyncLifetime
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("agentsessions-templates-");

    /// <summary>Where the packages are.</summary>
    public string Packages => Path.Combine(_root.FullName, "packages");

    /// <summary>The empty place.</summary>
    public string Work => Path.Combine(_root.FullName, "work");

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Packages);
        Directory.CreateDirectory(Work);
        CopySources();
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(Repository.Output("AgentSessions.Templates")));
        await DotnetAsync(
            Repository.Root, "msbuild", "eng/Packages.proj", "-t:Pack", "-nologo", "-v:quiet", $"-p:PackageOutputPath={Packages}", $"-p:Configuration={configuration}");
        await DotnetAsync(Work, "new", "install", Directory.GetFiles(Packages, "AgentSessions.Templates.*.nupkg").Single());
    }

    public Task DisposeAsync()
    {
        _root.Delete(recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>Runs dotnet to its end.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public async Task<string> DotnetAsync(string directory, params string[] arguments)
    {
        using Process process = Process.Start(Dotnet(directory, arguments))!;
        using var limit = new CancellationTokenSource(_limit);
        Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
        string output = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"dotnet {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}{await error}");
    }

    /// <summary>How dotnet is started here.</summary>
    public ProcessStartInfo Dotnet(string directory, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_CLI_HOME"] = _root.FullName;
        start.Environment["NUGET_PACKAGES"] = Path.Combine(_root.FullName, "cache");

        // What the build has restored already is not fetched again.
        start.Environment["NUGET_FALLBACK_PACKAGES"] = UserPackages;
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment.Remove("MSBuildSDKsPath");
        start.Environment.Remove("MSBUILD_EXE_PATH");
        return start;
    }

    private static string UserHome => Environment.GetEnvironmentVariable("DOTNET_CLI_HOME") is { Length: > 0 } home
        ? home
        : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    private static string UserPackages =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set ? set : Path.Combine(UserHome, ".nuget", "packages");

    /// <summary>The registries that the user has, and this folder before them.</summary>
    private void CopySources()
    {
        string users = Path.Combine(UserHome, ".nuget", "NuGet", "NuGet.Config");
        if (File.Exists(users))
        {
            string own = Path.Combine(_root.FullName, ".nuget", "NuGet", "NuGet.Config");
            Directory.CreateDirectory(Path.GetDirectoryName(own)!);
            File.Copy(users, own);
        }

        File.WriteAllText(Path.Combine(Work, "nuget.config"), $"""
            <configuration>
              <packageSources>
                <add key="this-build" value="{Packages}" />
              </packageSources>
            </configuration>
            """);
    }
}
