using System.Text.Json;
using AgentSessions.Cli.Errors;

namespace AgentSessions.Cli.Tests;

/// <summary>Sessions, runs and tokens.</summary>
[Collection(CliServerCollection.Name)]
public sealed class OperationTests(CliServer server)
{
    [Fact]
    public async Task Sessions_AreListedShownClosedAndDeleted()
    {
        string id = await ChatAsync();

        CliResult list = await RunAsync(["sessions", "list", "--agent", "echo", "--status", "active", "--limit", "1000", "--json"]);
        CliResult show = await RunAsync(["sessions", "show", id]);
        CliResult transcript = await RunAsync(["sessions", "transcript", id]);
        CliResult close = await RunAsync(["sessions", "close", id, "--reason", "done"]);
        CliResult closed = await RunAsync(["chat", "--id", id, "-m", "more"]);
        CliResult kept = await RunAsync(["sessions", "delete", id]);
        CliResult deleted = await RunAsync(["sessions", "delete", id, "--yes"]);
        CliResult gone = await RunAsync(["sessions", "show", id]);

        Assert.Contains(list.Lines, line => JsonDocument.Parse(line).RootElement.GetProperty("externalId").GetString() == id);
        Assert.Contains("taskIdentifier  echo", show.Out, StringComparison.Ordinal);
        Assert.Equal(["user: hello", "assistant: You said: hello"], transcript.Lines);
        Assert.Equal("closed\n", close.Out);
        Assert.Equal(ExitCode.Closed, closed.ExitCode);
        Assert.Equal(ExitCode.Usage, kept.ExitCode);
        Assert.Equal("deleted\n", deleted.Out);
        Assert.Equal(ExitCode.NotFound, gone.ExitCode);
    }

    [Fact]
    public async Task SessionsList_WithMoreThanAPage_ReadsOn()
    {
        CliResult created = await RunAsync(["load", "idle", "--sessions", "120", "--duration", "10ms", "--agent", "load"]);
        Assert.True(created.ExitCode == ExitCode.Ok, created.Error);

        CliResult list = await RunAsync(["sessions", "list", "--agent", "load", "--limit", "110", "--json"]);

        Assert.Equal(110, list.Lines.Distinct().Count());
    }

    [Fact]
    public async Task Runs_AreListedShownAndCancelled()
    {
        string id = await ChatAsync();

        CliResult list = await RunAsync(["runs", "list", id, "--json"]);
        string run = JsonDocument.Parse(Assert.Single(list.Lines)).RootElement.GetProperty("id").GetString()!;
        CliResult cancel = await RunAsync(["runs", "cancel", run]);
        CliResult show = await RunAsync(["runs", "show", run]);

        Assert.Equal("cancelled\n", cancel.Out);
        Assert.Contains("CANCELED", show.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_CreateAndInspect_AgreeWithTheServer()
    {
        string id = await ChatAsync();

        CliResult create = await RunAsync(["keys", "create", "--session", id, "--read-only", "--expires", "1h"]);
        CliResult inspect = await RunAsync(["keys", "inspect", "--json"], create.Out);
        CliResult asToken = await CliSession.RunAsync(server.Process, ["sessions", "show", id], key: create.Out.Trim());
        CliResult beyond = await CliSession.RunAsync(server.Process, ["sessions", "close", id], key: create.Out.Trim());

        JsonElement claims = JsonDocument.Parse(inspect.Out).RootElement;
        Assert.True(claims.GetProperty("valid").GetBoolean());
        Assert.Equal([$"read:sessions:{id}"], claims.GetProperty("scopes").EnumerateArray().Select(static scope => scope.GetString()));
        Assert.Equal(ExitCode.Ok, asToken.ExitCode);
        Assert.Equal(ExitCode.Denied, beyond.ExitCode);
    }

    [Fact]
    public async Task KeysInspect_OfATokenOfAnotherKey_RefusesIt()
    {
        CliResult create = await CliSession.RunAsync(
            server.Process, ["keys", "create", "--scope", "read:sessions", "--environment", "default"], key: "tr_dev_another");
        CliResult inspect = await RunAsync(["keys", "inspect"], create.Out);

        Assert.Equal(ExitCode.Failed, inspect.ExitCode);
        Assert.Contains("REFUSED", inspect.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drain_NamesItsNodes_AndAsks()
    {
        CliResult nodes = await RunAsync(["nodes", "--json"]);
        string node = JsonDocument.Parse(Assert.Single(nodes.Lines)).RootElement.GetProperty("name").GetString()!;

        CliResult unknown = await RunAsync(["drain", "nowhere", "--yes"]);
        CliResult both = await RunAsync(["drain", node, "--all", "--yes"]);
        CliResult unasked = await RunAsync(["drain", node]);
        using var asking = CliSession.Start(server.Process, ["drain", "--all"], new StringReader("n\n"), isInteractive: true);
        CliResult refused = await asking.EndAsync();

        Assert.Equal((ExitCode.NotFound, ExitCode.Usage, ExitCode.Usage, ExitCode.Usage), (unknown.ExitCode, both.ExitCode, unasked.ExitCode, refused.ExitCode));
        Assert.Contains($"there are {node}", unknown.Error, StringComparison.Ordinal);
        Assert.Contains($"Drain {node}? Its process ends.", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_CountsAndChecksEveryDelta()
    {
        CliResult result = await RunAsync(["load", "turns", "--sessions", "4", "--turns", "3", "--chunks", "20", "--delay", "0s", "--duration", "30s", "--json"]);

        Assert.True(result.ExitCode == ExitCode.Ok, result.Error);
        JsonElement summary = JsonDocument.Parse(result.Out).RootElement;
        Assert.Equal(12, summary.GetProperty("turns").GetInt64());
        Assert.Equal(240, summary.GetProperty("chunks").GetInt64());
        Assert.True(summary.GetProperty("latencyMs").GetProperty("firstChunk").GetProperty("p99").GetDouble() > 0);
        Assert.Contains("chunks/s", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_WhenInterrupted_SumsUpWhatWasMeasured()
    {
        using var session = CliSession.Start(
            server.Process, ["load", "turns", "--sessions", "2", "--duration", "10m"], TextReader.Null, isInteractive: false);
        await session.Error.WaitForAsync("measure");
        session.Interrupts.Raise();
        CliResult result = await session.EndAsync();

        Assert.Contains("order      every delta once and in order", result.Out, StringComparison.Ordinal);
    }

    private async Task<string> ChatAsync()
    {
        string id = $"cli-{Guid.NewGuid():N}";
        CliResult chat = await RunAsync(["chat", "echo", "--id", id, "-m", "hello"]);
        Assert.True(chat.ExitCode == ExitCode.Ok, chat.Error);
        return id;
    }

    private Task<CliResult> RunAsync(string[] arguments, string input = "") => CliSession.RunAsync(server.Process, arguments, input);
}
