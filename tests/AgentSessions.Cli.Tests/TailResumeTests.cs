using System.Text.Json;
using AgentSessions.Cli.Errors;
using AgentSessions.TestServer;

namespace AgentSessions.Cli.Tests;

/// <summary>A tail of a server that dies.</summary>
public sealed class TailResumeTests : IAsyncLifetime
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("agentsessions-tail-");
    private ServerProcess _server = null!;

    public async Task InitializeAsync() => _server = await ServerProcess.StartAsync(_data.FullName);

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _data.Delete(recursive: true);
    }

    [Fact]
    public async Task Tail_OverAKilledServer_PrintsEveryRecordOnce()
    {
        await ChatAsync("one");
        using var tail = CliSession.Start(_server, ["tail", "tailed", "--json"], TextReader.Null, isInteractive: false);
        await tail.Out.WaitForAsync("turn-complete");
        await _server.KillAsync();
        await tail.Error.WaitForAsync("connection lost");
        await _server.StartAsync();
        await ChatAsync("two");
        await tail.Out.WaitForAsync("\"two\"");
        tail.Interrupts.Raise();
        CliResult result = await tail.EndAsync();

        Assert.Equal(ExitCode.Interrupted, result.ExitCode);
        long[] sequences = [.. result.Lines.Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("seq").GetInt64())];
        Assert.Equal(sequences.Order().Distinct(), sequences);
        Assert.DoesNotContain("eyJ", result.Out, StringComparison.Ordinal);
    }

    private async Task ChatAsync(string message)
    {
        CliResult chat = await CliSession.RunAsync(_server, ["chat", "echo", "--id", "tailed", "-m", message]);
        Assert.True(chat.ExitCode == ExitCode.Ok, chat.Error);
    }
}
