using System.Diagnostics;
using AgentSessions.Cli.Errors;
using AgentSessions.TestServer;

namespace AgentSessions.Cli.Tests;

/// <summary>Tails of streams at rest, and Ctrl-C of the tool as a process.</summary>
[Collection(CliServerCollection.Name)]
public sealed class TailTests(CliServer server)
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Tail_OfASessionThatIsNotThere_ExitsWithNotFound()
    {
        CliResult result = await CliSession.RunAsync(server.Process, ["tail", "nobody-made-it", "--once"]);

        Assert.Equal(ExitCode.NotFound, result.ExitCode);
        Assert.Contains("There is no session nobody-made-it", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tail_Once_PrintsWhatIsStored()
    {
        string id = await ChatAsync("one");
        CliResult output = await CliSession.RunAsync(server.Process, ["tail", id, "--once"]);
        CliResult input = await CliSession.RunAsync(server.Process, ["tail", id, "--in", "--once"]);

        Assert.Contains("text-delta", output.Out, StringComparison.Ordinal);
        Assert.Contains("\"text\":\"one\"", input.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tool_AtSigint_LeavesATail()
    {
        string id = await ChatAsync("one");
        // Whoever runs the tests in the background has the signal ignored, and a child inherits that.
        var start = new ProcessStartInfo("env") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("--default-signal=INT");
        start.ArgumentList.Add("dotnet");
        start.ArgumentList.Add(Path.Combine(Repository.Output("AgentSessions.Cli"), "AgentSessions.Cli.dll"));
        start.ArgumentList.Add("tail");
        start.ArgumentList.Add(id);
        start.Environment["AGENTSESSIONS_URL"] = server.Process.BaseUrl.ToString();
        start.Environment["AGENTSESSIONS_SECRET_KEY"] = server.Process.SecretKey;
        using Process tool = Process.Start(start)!;
        Assert.NotNull(await tool.StandardOutput.ReadLineAsync().WaitAsync(_limit));
        using (var kill = Process.Start("kill", ["-INT", tool.Id.ToString()]))
        {
            await kill.WaitForExitAsync();
        }

        await tool.StandardOutput.ReadToEndAsync().WaitAsync(_limit);
        await tool.WaitForExitAsync().WaitAsync(_limit);
        Assert.Equal(ExitCode.Interrupted, tool.ExitCode);
        Assert.DoesNotContain("error", await tool.StandardError.ReadToEndAsync().WaitAsync(_limit), StringComparison.Ordinal);
    }

    private async Task<string> ChatAsync(string message)
    {
        string id = $"cli-{Guid.NewGuid():N}";
        CliResult chat = await CliSession.RunAsync(server.Process, ["chat", "echo", "--id", id, "-m", message]);
        Assert.True(chat.ExitCode == ExitCode.Ok, chat.Error);
        return id;
    }
}
