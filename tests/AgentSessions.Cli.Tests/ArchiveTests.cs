using AgentSessions.Cli.Errors;

namespace AgentSessions.Cli.Tests;

/// <summary>Archives and nodes.</summary>
[Collection(CliServerCollection.Name)]
public sealed class ArchiveTests(CliServer server) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("agentsessions-archive-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Session_IsExported_Deleted_AndImportedAsItWas()
    {
        string id = "archive-" + Guid.NewGuid().ToString("n");
        CliResult answer = await RunAsync("chat", "echo", "--id", id, "-m", "hello");
        Assert.True(answer.ExitCode == ExitCode.Ok, answer.Error);
        string file = Path.Combine(_folder.FullName, "chat.jsonl");

        CliResult export = await RunAsync("export", id, "-o", file);
        CliResult again = await RunAsync("export", id, "-o", file);
        CliResult printed = await RunAsync("export", id);
        CliResult occupied = await RunAsync("import", file);
        await RunAsync("sessions", "delete", id, "--yes");
        CliResult import = await RunAsync("import", file);
        CliResult transcript = await RunAsync("sessions", "transcript", id);

        Assert.True(export.ExitCode == ExitCode.Ok, export.Error);
        Assert.Equal(ExitCode.Usage, again.ExitCode);
        Assert.Equal(File.ReadAllLines(file).Length, printed.Lines.Length);
        Assert.NotEqual(ExitCode.Ok, occupied.ExitCode);
        Assert.True(import.ExitCode == ExitCode.Ok, import.Error);
        Assert.Equal(["user: hello", "assistant: You said: hello"], transcript.Lines);
        Assert.Equal([file], _folder.GetFiles().Select(static found => found.FullName));
    }

    [Fact]
    public async Task Export_IntoAFolderThatIsNotThere_NamesIt()
    {
        string id = "archive-" + Guid.NewGuid().ToString("n");
        CliResult answer = await RunAsync("chat", "echo", "--id", id, "-m", "hello");
        Assert.True(answer.ExitCode == ExitCode.Ok, answer.Error);

        string folder = Path.Combine(_folder.FullName, "none");
        CliResult export = await RunAsync("export", id, "-o", Path.Combine(folder, "chat.jsonl"));

        Assert.Equal((ExitCode.Usage, $"error: There is no folder {folder}\n"), (export.ExitCode, export.Error));
    }

    [Fact]
    public async Task Archive_ThatIsCutOffOrMissing_IsRefused()
    {
        string cut = Path.Combine(_folder.FullName, "cut.jsonl");
        await File.WriteAllTextAsync(cut, "{\"kind\":\"session\"");

        Assert.NotEqual(ExitCode.Ok, (await RunAsync("import", cut)).ExitCode);
        Assert.Equal(ExitCode.Usage, (await RunAsync("import", cut + ".none")).ExitCode);
        Assert.Equal(ExitCode.NotFound, (await RunAsync("export", "nobody-" + Guid.NewGuid())).ExitCode);
    }

    [Fact]
    public async Task Backup_SaysWhereTheCopyIs()
    {
        CliResult backup = await RunAsync("backup");
        Assert.True(backup.ExitCode == ExitCode.Ok, backup.Error);
        Assert.Matches("name +backup-", backup.Out);
    }

    [Fact]
    public async Task Backup_OfAServerWithoutFiles_SaysWhatElseToUse()
    {
        CliResult backup = await RunAsync("backup", "--url", new Uri(server.Process.BaseUrl, "nowhere/").ToString());
        Assert.Equal((ExitCode.Failed, "error: The server has no store of files to copy; a database is backed up with its own tools\n"), (backup.ExitCode, backup.Error));
    }

    [Fact]
    public async Task Nodes_AreListed_AndNoneIsDrainedUnasked()
    {
        CliResult nodes = await RunAsync("nodes", "--json");
        CliResult drain = await RunAsync("drain");

        Assert.Contains("\"isThis\":true", nodes.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, drain.ExitCode);
        Assert.Equal(ExitCode.Ok, (await RunAsync("nodes")).ExitCode);
    }

    private Task<CliResult> RunAsync(params string[] arguments) => CliSession.RunAsync(server.Process, arguments);
}
