using System.Diagnostics;
using AgentSessions.TestServer;

namespace AgentSessions.Deploy.Tests.Supply;

/// <summary>The audit is part of every restore: with the repository's own settings, a package that is known to be weak fails it.</summary>
public sealed class AuditTests : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(3);
    private readonly string _directory = Directory.CreateTempSubdirectory("audit-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Restore_OfAWeakPackage_Fails_WhereTheRegistryTellsOfIt(bool tells)
    {
        await using var feed = new PackageFeed(tells);
        Write("Directory.Build.props", $"""
            <Project>
              <Import Project="{Path.Combine(Repository.Root, "Directory.Build.props")}" />
              <PropertyGroup><ArtifactsPath>{_directory}/artifacts</ArtifactsPath></PropertyGroup>
            </Project>
            """);
        Write("nuget.config", $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{_directory}/packages" /></config>
              <packageSources><clear /><add key="feed" value="{feed.Address}index.json" allowInsecureConnections="true" /></packageSources>
              <fallbackPackageFolders><clear /></fallbackPackageFolders>
            </configuration>
            """);
        Write("Weak.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <ItemGroup><PackageReference Include="{PackageFeed.Package}" Version="{PackageFeed.Version}" /></ItemGroup>
            </Project>
            """);

        (int code, string said) = await RestoreAsync();

        Assert.True(code == 0 != tells, said);
        Assert.Equal(tells, said.Contains("error NU1903", StringComparison.Ordinal) && said.Contains(PackageFeed.Advisory, StringComparison.Ordinal));
    }

    [Fact]
    public void Projects_SuppressNothing_ButWhatSecurityMdNames()
    {
        string[] settings =
        [
            .. Directory.EnumerateFiles(Repository.Root, "Directory.*", SearchOption.TopDirectoryOnly),
            .. new[] { "src", "tests", "samples", "eng" }.SelectMany(static folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.*proj", SearchOption.AllDirectories)),
            .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "eng"), "*.props", SearchOption.AllDirectories),
        ];
        string all = string.Concat(settings.Select(File.ReadAllText));

        Assert.DoesNotContain("<NuGetAudit>", all, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<NuGetAuditLevel>", all, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("NU190", all, StringComparison.OrdinalIgnoreCase);
        string[] suppressed = [.. all.Split("<NuGetAuditSuppress Include=\"").Skip(1).Select(static text => text[..text.IndexOf('"', StringComparison.Ordinal)].Split('/')[^1])];
        string told = File.ReadAllText(Path.Combine(Repository.Root, "SECURITY.md"));
        Assert.All(suppressed, advisory => Assert.Contains(advisory, told, StringComparison.Ordinal));
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_directory, name), text);

    private async Task<(int Code, string Said)> RestoreAsync()
    {
        var start = new ProcessStartInfo("dotnet", ["restore", "--nologo", "-nodeReuse:false"]) { WorkingDirectory = _directory, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NO_PROXY"] = start.Environment["no_proxy"] = "127.0.0.1";
        start.Environment.Remove("RestoreAdditionalProjectSources");
        start.Environment.Remove("RestoreSources");
        using Process restore = Process.Start(start)!;
        Task<string> output = restore.StandardOutput.ReadToEndAsync(), errors = restore.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(_limit);
        await restore.WaitForExitAsync(limit.Token);
        return (restore.ExitCode, await output + await errors);
    }
}
