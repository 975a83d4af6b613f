using System.Text.Json;
using AgentSessions.Models.Mcp;
using AgentSessions.Testing;
using AgentSessions.TestServer;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;

namespace AgentSessions.Models.Tests.Mcp;

public sealed class McpToolSourceTests
{
    private readonly ManualTime _clock = new();
    private readonly CollectedLogs _logs = new();

    private McpToolSource Source(StreamMcpServer server, McpServerOptions? options = null)
    {
        McpOptions all = new();
        all.Servers["box"] = options ?? new McpServerOptions();
        return new McpToolSource(Options.Create(all), (_, _) => server.Connect(), _clock, new LoggerFactory([_logs]).CreateLogger<McpToolSource>());
    }

    private static async Task<AIFunction> ToolAsync(IMcpToolSource source, string name) =>
        (AIFunction)(await source.GetToolsAsync("box", Clients.Soon)).Single(tool => tool.Name == name);

    private static Task<object?> CallAsync(AIFunction tool, object? arguments = null)
    {
        Dictionary<string, object?> given = JsonSerializer.Deserialize<Dictionary<string, object?>>(JsonSerializer.Serialize(arguments ?? new { }))!;
        return tool.InvokeAsync(new AIFunctionArguments(given), Clients.Soon).AsTask();
    }

    private static async Task<McpToolException> FailsAsync(AIFunction tool, object? arguments = null) =>
        await Assert.ThrowsAsync<McpToolException>(() => CallAsync(tool, arguments));

    [Fact]
    public async Task Tools_ComeWithPrefixSchemaAndAreCalled()
    {
        await using StreamMcpServer server = new StreamMcpServer().Add((int a, int b) => $"{a + b}", "add", readOnly: true);
        await using McpToolSource source = Source(server);

        AIFunction add = await ToolAsync(source, "box_add");

        Assert.Equal("Does add.", add.Description);
        Assert.Equal("integer", add.JsonSchema.GetProperty("properties").GetProperty("a").GetProperty("type").GetString());
        Assert.Equal("5", await CallAsync(add, new { a = 2, b = 3 }));
    }

    [Theory]
    [InlineData(McpApproval.UnlessReadOnly, false, true, true)]
    [InlineData(McpApproval.Always, true, true, true)]
    [InlineData(McpApproval.Never, false, false, false)]
    public async Task Approval_IsAskedForAsConfigured(McpApproval approval, bool read, bool write, bool unsaid)
    {
        await using StreamMcpServer server = new StreamMcpServer().Add(() => "", "read", readOnly: true).Add(() => "", "write", readOnly: false).Add(() => "", "unsaid");
        await using McpToolSource source = Source(server, new McpServerOptions { Approval = approval });

        Dictionary<string, bool> asked = (await source.GetToolsAsync(Clients.Soon)).ToDictionary(tool => tool.Name, tool => tool.GetService<ApprovalRequiredAIFunction>() is not null);

        Assert.Equal((read, write, unsaid), (asked["box_read"], asked["box_write"], asked["box_unsaid"]));
    }

    [Fact]
    public async Task NothingIsConnected_UntilToolsAreAskedFor()
    {
        await using StreamMcpServer server = new StreamMcpServer().Add(() => "", "one");
        await using McpToolSource source = Source(server);

        Assert.Equal(["box"], source.Servers);
        Assert.Equal(0, server.Connections);
        await source.GetToolsAsync(Clients.Soon);
        await source.GetToolsAsync(Clients.Soon);
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task Tools_AreChosenByTheServersOwnNames()
    {
        await using StreamMcpServer server = new StreamMcpServer().Add(() => "", "a.b").Add(() => "", "c").Add(() => "", "d");
        await using McpToolSource chosen = Source(server, new McpServerOptions { Tools = ["a.b", "c"], ExcludedTools = ["c"] });

        Assert.Equal(["box_a_b"], (await chosen.GetToolsAsync(Clients.Soon)).Select(tool => tool.Name));
    }

    [Fact]
    public async Task TooManyTools_AreLeftOutAndLogged()
    {
        await using StreamMcpServer server = new StreamMcpServer().Add(() => "", "a").Add(() => "", "b").Add(() => "", "c");
        await using McpToolSource source = Source(server, new McpServerOptions { MaxTools = 2 });

        Assert.Equal(2, (await source.GetToolsAsync(Clients.Soon)).Count);
        Assert.Contains("has 3 tools; only the first 2", _logs.Text);
    }

    [Fact]
    public async Task ToolThatReportsAnError_FailsWithItsText()
    {
        await using StreamMcpServer server = new StreamMcpServer().Add(() => new CallToolResult { IsError = true, Content = [new TextContentBlock { Text = "no such file" }] }, "open");
        await using McpToolSource source = Source(server);

        McpToolException failure = await FailsAsync(await ToolAsync(source, "box_open"));

        Assert.Equal((McpErrorKind.ToolFailed, "no such file", "box"), (failure.Kind, failure.Message, failure.Server));
    }

    [Fact]
    public async Task ToolThatIsGone_IsRefused()
    {
        await using StreamMcpServer server = new StreamMcpServer().Add(() => "x", "gone").Add(() => "", "other");
        await using McpToolSource source = Source(server);
        AIFunction gone = await ToolAsync(source, "box_gone");

        server.Remove("gone");

        McpToolException failure = await FailsAsync(gone);
        Assert.Equal(McpErrorKind.Refused, failure.Kind);
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task ChangedTools_AreListedAgainWhenTheServerSaysSo()
    {
        await using StreamMcpServer server = new StreamMcpServer().Add(() => "", "one");
        await using McpToolSource source = Source(server);
        Assert.Single(await source.GetToolsAsync(Clients.Soon));

        server.Add(() => "", "two");

        await Eventually.TrueAsync(async () => (await source.GetToolsAsync(Clients.Soon)).Count == 2, "the second tool, offered");
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task CallThatTakesTooLong_TimesOutAndIsCancelled()
    {
        var slow = new StuckTool();
        await using StreamMcpServer server = new StreamMcpServer().Add(slow.CallAsync, "slow");
        await using McpToolSource source = Source(server, new McpServerOptions { CallTimeout = TimeSpan.FromSeconds(7) });
        Task<McpToolException> failing = FailsAsync(await ToolAsync(source, "box_slow"));
        await slow.Started.WaitAsync(Clients.Soon);

        _clock.Advance(TimeSpan.FromSeconds(7));

        McpToolException failure = await failing;
        Assert.Equal((McpErrorKind.TimedOut, "The tool did not answer within 7 seconds. It may still be running."), (failure.Kind, failure.Message));
        await slow.Cancelled.WaitAsync(Clients.Soon);
    }

    [Fact]
    public async Task CancelledCall_IsCancelledAtTheServerToo()
    {
        var slow = new StuckTool();
        await using StreamMcpServer server = new StreamMcpServer().Add(slow.CallAsync, "slow");
        await using McpToolSource source = Source(server);
        using CancellationTokenSource stop = new();
        Task<object?> call = (await ToolAsync(source, "box_slow")).InvokeAsync(new AIFunctionArguments(), stop.Token).AsTask();
        await slow.Started.WaitAsync(Clients.Soon);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await slow.Cancelled.WaitAsync(Clients.Soon);
    }

    [Fact]
    public async Task BrokenConnection_IsMadeAnewForTheNextCall()
    {
        await using StreamMcpServer server = new StreamMcpServer().Add(() => "hi", "greet");
        await using McpToolSource source = Source(server);
        AIFunction greet = await ToolAsync(source, "box_greet");
        Assert.Equal("hi", await CallAsync(greet));

        server.Cut();

        await Eventually.TrueAsync(async () => await TryAsync(greet) == "hi", "the tool's answer");
        Assert.Equal(2, server.Connections);
    }

    private static async Task<string?> TryAsync(AIFunction tool)
    {
        try
        {
            return await CallAsync(tool) as string;
        }
        catch (McpToolException)
        {
            return null;
        }
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, McpErrorKind.ConnectionLost)]
    public async Task ConnectionThatBreaksInACall_IsTriedAgainOnlyWhereThatIsHarmless(bool idempotent, McpErrorKind? kind)
    {
        int calls = 0;
        StreamMcpServer server = new();
        await using StreamMcpServer running = server;
        async Task<string> OnceBrokenAsync(CancellationToken cancellationToken)
        {
            if (Interlocked.Increment(ref calls) == 1)
            {
                server.Cut();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return "done";
        }

        server.Add(OnceBrokenAsync, "work", idempotent: idempotent);
        await using McpToolSource source = Source(server, new McpServerOptions { Approval = McpApproval.Never });
        AIFunction work = await ToolAsync(source, "box_work");

        if (kind is null)
        {
            Assert.Equal("done", await CallAsync(work));
        }
        else
        {
            Assert.Equal(kind, (await FailsAsync(work)).Kind);
        }

        Assert.Equal(idempotent ? 2 : 1, calls);
    }

    [Fact]
    public async Task ServerThatIsDown_IsLeftOutThenLeftAloneAndThenTriedAgain()
    {
        await using StreamMcpServer server = new StreamMcpServer().Add(() => "hi", "greet");
        await using McpToolSource source = Source(server);
        server.IsDown = true;

        Assert.Empty(await source.GetToolsAsync(Clients.Soon));
        Assert.Equal(McpErrorKind.Unavailable, (await Assert.ThrowsAsync<McpToolException>(() => source.GetToolsAsync("box", Clients.Soon).AsTask())).Kind);
        server.IsDown = false;
        Assert.Empty(await source.GetToolsAsync(Clients.Soon));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Single(await source.GetToolsAsync(Clients.Soon));
        Assert.Contains("cannot be reached: IOException. Left alone for 1 s", _logs.Text);
    }

    [Fact]
    public async Task UnknownServer_IsNotConfigured()
    {
        await using StreamMcpServer server = new();
        await using McpToolSource source = Source(server);

        Assert.Equal(McpErrorKind.NotConfigured, (await Assert.ThrowsAsync<McpToolException>(() => source.GetToolsAsync("nope", Clients.Soon).AsTask())).Kind);
    }

    [Fact]
    public async Task Messages_AreInNoLogLine()
    {
        await using StreamMcpServer server = new StreamMcpServer().Add((string text) => "private answer", "say").Add(string () => throw new InvalidOperationException("private failure"), "fail");
        await using McpToolSource source = Source(server);
        await CallAsync(await ToolAsync(source, "box_say"), new { text = "private question" });
        await FailsAsync(await ToolAsync(source, "box_fail"));

        Assert.Contains("connected: stream 1", _logs.Text);
        Assert.DoesNotContain("private", _logs.Text);
    }

    /// <summary>A tool that never answers.</summary>
    private sealed class StuckTool
    {
        private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Started => _started.Task;

        public Task Cancelled => _cancelled.Task;

        public async Task<string> CallAsync(CancellationToken cancellationToken)
        {
            using CancellationTokenRegistration registration = cancellationToken.Register(_cancelled.SetResult);
            _started.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return "";
        }
    }
}
