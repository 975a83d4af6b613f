using AgentSessions.Cli.Errors;

namespace AgentSessions.Cli.Tests;

/// <summary>Where the key comes from, and that it goes nowhere else.</summary>
[Collection(CliServerCollection.Name)]
public sealed class CredentialTests(CliServer server)
{
    [Fact]
    public async Task Key_FromStandardInput_Works()
    {
        CliResult result = await CliSession.RunAsync(
            server.Process, ["sessions", "list", "--key-file", "-"], server.Process.SecretKey + "\n", key: "wrong");

        Assert.Equal(ExitCode.Ok, result.ExitCode);
    }

    [Fact]
    public async Task Key_FromAFile_Works()
    {
        string path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, server.Process.SecretKey + "\n");
        CliResult result = await CliSession.RunAsync(server.Process, ["sessions", "list", "-k", path], key: "wrong");
        File.Delete(path);

        Assert.Equal(ExitCode.Ok, result.ExitCode);
    }

    [Theory]
    [InlineData("tr_dev_wrong_key", ExitCode.Denied)]
    [InlineData("", ExitCode.Denied)]
    [InlineData("two\nlines", ExitCode.Usage)]
    public async Task Key_WhenItIsNone_IsRefusedAndNeverShown(string key, int exitCode)
    {
        CliResult result = await CliSession.RunAsync(server.Process, ["sessions", "list"], key: key);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong_key", result.Out + result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sessions", "list", "--url", "ftp://x")]
    [InlineData("sessions", "list", "--key-file", "/nowhere/at/all")]
    [InlineData("sessions", "list", "--status", "SLEEPING")]
    [InlineData("sessions", "list", "--limit", "0")]
    [InlineData("sessions", "list", "--since", "zz")]
    [InlineData("sessions", "transcript", "x", "--limit", "1001")]
    [InlineData("runs", "list", "x", "--limit", "-1")]
    [InlineData("tail", "x", "--after", "soon")]
    [InlineData("chat", "echo", "--approvals", "maybe")]
    [InlineData("load", "turns", "--sessions", "0")]
    [InlineData("load", "turns", "--duration", "soon")]
    [InlineData("keys", "create")]
    [InlineData("chat")]
    [InlineData("nothing")]
    public async Task CommandLine_WhenItIsWrong_SaysHowAndExitsWithUsage(params string[] arguments)
    {
        CliResult result = await CliSession.RunAsync(server.Process, arguments);

        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.NotEmpty(result.Error);
        Assert.DoesNotContain("System.", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("AgentSessions.Cli", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Out);
    }

    [Fact]
    public async Task Server_WhenItIsAway_ExitsWithUnreachableAtOnce()
    {
        CliResult result = await CliSession.RunAsync(server.Process, ["sessions", "list", "--url", "http://127.0.0.1:1"]);

        Assert.Equal(ExitCode.Unreachable, result.ExitCode);
    }
}
