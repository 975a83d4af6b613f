using System.Text.Json;
using AgentSessions.Core.Storage;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests;

public sealed class BudgetTests
{
    private static readonly UsageDetails _thousand = new() { InputTokenCount = 600, OutputTokenCount = 400, TotalTokenCount = 1000 };
    private static readonly AIFunction _look = AIFunctionFactory.Create(() => "found", "look");

    private static Task<AgentTestHost> StartAsync(Action<BudgetOptions> budgets, Action<AgentTestHostBuilder>? configure = null, params AITool[] tools) =>
        AgentTestHost.StartAsync(
            (turn, ct) => turn.RespondAsync(Agents.Model(turn), new ChatOptions { MaxOutputTokens = 500 }, ct),
            builder =>
            {
                builder.Options = options => options.Tools = (_, _) => new(tools);
                builder.Agents(agents => agents.ConfigureBudgets(budgets));
                configure?.Invoke(builder);
            });

    [Fact]
    public async Task SessionTokens_ACallThatCouldExceedThem_IsNotMade()
    {
        Exception? error = null;
        await using var host = await StartAsync(
            budgets => budgets.Session.Tokens = 2200,
            builder => builder.Options += options => options.OnTurnComplete = (turn, _) =>
            {
                error = turn.Error;
                return Task.CompletedTask;
            });
        host.Model.Text("one", _thousand).Text("two", _thousand).Text("never");
        await host.SendAsync("a");
        Assert.Null(error);
        await host.SendAsync("b");

        TestTurn refused = await host.SendAsync("c");

        Assert.Equal(2, host.Model.Calls.Count);
        Assert.StartsWith("budget-exceeded: the tokens budget of this session is used up (limit 2200, used or reserved 2000)", refused.ErrorText);
        Assert.Equal((BudgetScope.Session, BudgetKind.Tokens), error is BudgetExceededException typed ? (typed.Scope, typed.Kind) : default);
        DataChunk part = refused.Chunks.OfType<DataChunk>().Single(chunk => chunk.Name == "budget-exceeded");
        Assert.Equal("tokens", part.Data.GetProperty("kind").GetString());
        Assert.Equal("session", part.Data.GetProperty("scope").GetString());
        Assert.Equal(refused.Chunks[^1], refused.Chunks.OfType<ErrorChunk>().Single());
    }

    [Fact]
    public async Task WallTime_LongerThanATimerWaits_LimitsNoTurnBeforeIt()
    {
        await using var host = await StartAsync(
            static budgets => budgets.Session.WallTime = TimeSpan.FromDays(60),
            static builder => builder.Options += static options => options.MaxDuration = TimeSpan.FromDays(60));
        host.Model.Text("one");

        Assert.Equal("one", (await host.SendAsync("a")).Text);
    }

    [Fact]
    public async Task WallTime_ThatRunsOutInAHook_IsNamed()
    {
        await using var host = await StartAsync(
            static budgets => budgets.Turn.WallTime = TimeSpan.FromMinutes(1),
            static builder => builder.Options += static options => options.OnTurnStart = static (_, ct) => Task.Delay(Timeout.Infinite, ct));
        long sequence = await host.PostAsync("a");
        await host.HookCalledAsync("OnTurnStart");

        host.Time.Advance(TimeSpan.FromMinutes(1));
        TestTurn refused = await host.WaitForTurnAsync(sequence);

        Assert.StartsWith("budget-exceeded", refused.ErrorText);
        Assert.Single(refused.Chunks.OfType<DataChunk>(), static chunk => chunk.Name == "budget-exceeded");
    }

    [Fact]
    public async Task EnvironmentTokens_AreCountedUnderNoSessionsName()
    {
        await using var host = await StartAsync(budgets => budgets.Environment.Tokens = 2200);
        host.Model.Text("one", _thousand).Text("two", _thousand).Text("never");
        await host.SendAsync("a");
        await host.SendAsync("b");

        TestTurn refused = await host.SendAsync("c");

        Assert.Equal(2, host.Model.Calls.Count);
        Assert.Contains("the tokens budget of this environment is used up (limit 2200, used or reserved 2000)", refused.ErrorText);
        Assert.Equal("environment/all", Assert.Single(await LedgersAsync(host, "")).Key.Name);
    }

    [Fact]
    public async Task TurnTokens_BeginAnewWithEachTurn()
    {
        await using var host = await StartAsync(budgets => budgets.Turn.Tokens = 1200, null, _look);
        host.Model.Updates(Call(_thousand)).Text("fresh", _thousand);

        TestTurn exceeded = await host.SendAsync("a");
        TestTurn next = await host.SendAsync("b");

        Assert.Contains("this turn", exceeded.ErrorText);
        Assert.Equal(("fresh", null), (next.Text, next.ErrorText));
        Assert.Equal(2, host.Model.Calls.Count);
        Assert.Empty(await LedgersAsync(host, "turn/"));
    }

    [Fact]
    public async Task Money_IsCountedByThePriceTable()
    {
        await using var host = await StartAsync(budgets =>
        {
            budgets.Session.Money = 0.0075m;
            budgets.Prices[BudgetOptions.AnyModel] = new TokenPrice { InputPerMillion = 1, CachedInputPerMillion = 0.1m, OutputPerMillion = 10 };
        });
        host.Model.Text("one", new UsageDetails { InputTokenCount = 600, CachedInputTokenCount = 500, OutputTokenCount = 400 }).Text("never");

        TestTurn first = await host.SendAsync("a");
        TestTurn second = await host.SendAsync("b");

        Assert.Equal("one", first.Text);
        Assert.Contains("money budget", second.ErrorText);
        Assert.Equal(0.00415m, (await LedgerAsync(host, "session/")).GetProperty("used").GetProperty("money").GetDecimal());
    }

    [Fact]
    public async Task Money_WithoutAPrice_FailsTheTurn()
    {
        await using var host = await StartAsync(budgets => budgets.Session.Money = 1);
        host.Model.Text("never");

        Assert.Equal("An error occurred.", (await host.SendAsync("a")).ErrorText);
        Assert.Empty(host.Model.Calls);
    }

    [Fact]
    public async Task ToolCalls_TheOneTooManyIsNotMade()
    {
        int calls = 0;
        await using var host = await StartAsync(
            budgets => budgets.Turn.ToolCalls = 2, null, AIFunctionFactory.Create(() => Interlocked.Increment(ref calls), "look"));
        host.Model.ToolCall("look").ToolCall("look").ToolCall("look").Text("never");

        TestTurn turn = await host.SendAsync("a");

        Assert.Contains("tool-calls budget", turn.ErrorText);
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task WallTime_EndsTheTurnWhileTheModelIsSilent()
    {
        await using var host = await StartAsync(budgets => budgets.Turn.WallTime = TimeSpan.FromSeconds(60));
        host.Model.Hangs("half ").Text("next");
        long sequence = await host.PostAsync("a");
        await host.TextAsync("half");

        host.Time.Advance(TimeSpan.FromSeconds(60));
        TestTurn turn = await host.WaitForTurnAsync(sequence);

        Assert.Contains("wall-time budget", turn.ErrorText);
        Assert.Equal("half ", turn.Message!.Text);
        Assert.Equal("next", (await host.SendAsync("b")).Text);
    }

    [Fact]
    public async Task WallTime_AlsoEndsATurnWhoseAgentNeverComesBack()
    {
        using var release = new ManualResetEventSlim();
        await using var host = await AgentTestHost.StartAsync(
            async (turn, ct) =>
            {
                await turn.Output.WriteTextAsync("half ", CancellationToken.None);
                while (turn.Message!.Text == "spin" && !release.IsSet)
                {
                    await new TaskCompletionSource().Task.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            },
            builder => builder.Options = options => options.TurnBudget.WallTime = TimeSpan.FromSeconds(60));
        long sequence = await host.PostAsync("spin");
        await host.TextAsync("half");

        host.Time.Advance(TimeSpan.FromSeconds(60));
        await host.TimerAsync(TimeSpan.FromSeconds(5));
        host.Time.Advance(TimeSpan.FromSeconds(6));

        Assert.Contains("wall-time budget", (await host.WaitForTurnAsync(sequence)).ErrorText);
        Assert.Null((await host.SendAsync("b")).ErrorText);
        release.Set();
    }

    [Fact]
    public async Task WallTime_OfASession_AddsUp()
    {
        using var tool = new GatedTool();
        await using var host = await StartAsync(budgets => budgets.Session.WallTime = TimeSpan.FromSeconds(60), null, tool.Function);
        host.Model.ToolCall("work").Text("one").Hangs("half ");
        long first = await host.PostAsync("a");
        await tool.Entered;
        host.Time.Advance(TimeSpan.FromSeconds(40));
        tool.Release();
        Assert.Null((await host.WaitForTurnAsync(first)).ErrorText);
        long second = await host.PostAsync("b");
        await host.TextAsync("half");

        host.Time.Advance(TimeSpan.FromSeconds(20));

        Assert.Contains("wall-time budget of this session", (await host.WaitForTurnAsync(second)).ErrorText);
    }

    [Fact]
    public async Task Crash_AReservedCallStaysCounted_AndIsNotFreedByTheNextRun()
    {
        await using var host = await StartAsync(budgets => budgets.Session.Tokens = 1000);
        host.Model.Hangs("half ").Text("never");
        long sequence = await host.PostAsync("a");
        await host.TextAsync("half");

        await host.CrashRunAsync();
        await host.RestartAsync();
        TestTurn turn = await host.WaitForTurnAsync(sequence);

        Assert.Contains("budget-exceeded", turn.ErrorText);
        Assert.Single(host.Model.Calls);
        JsonElement ledger = await LedgerAsync(host, "session/");
        Assert.Empty(ledger.GetProperty("held").EnumerateObject());
        Assert.InRange(ledger.GetProperty("used").GetProperty("tokens").GetInt64(), 500, 600);
    }

    [Fact]
    public async Task UserBudget_IsTheOwnersOverAllSessions_NeverWhatClientDataClaims()
    {
        await using var host = await StartAsync(
            budgets =>
            {
                budgets.User.Tokens = 1200;
                budgets.User.Period = BudgetPeriod.Day;
            },
            builder =>
            {
                builder.Metadata = new { userId = "u1" };
                builder.ClientData = new { userId = "somebody else" };
            });
        host.Model.Text("one", _thousand).Text("tomorrow", _thousand);
        await host.SendAsync("a");

        Assert.Contains("this user", (await host.SendAsync("b")).ErrorText);
        await host.EndRunAsync();
        await host.RunsEndedAsync(1);
        host.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal("tomorrow", (await host.SendAsync("c")).Text);
        Assert.Equal(["user/2026-01-01/u1", "user/2026-01-02/u1"], (await LedgersAsync(host, "user/")).Select(entry => entry.Key.Name));
    }

    [Fact]
    public async Task SubAgents_CountAgainstTheirParentsTurn_SideBySideToo()
    {
        await using var host = await StartAsync(
            budgets => budgets.Turn.Tokens = 2600,
            builder =>
            {
                builder.Metadata = new { userId = "u1" };
                builder.Agents(agents => agents.AddAgent(
                    "research", (turn, ct) => turn.RespondAsync(Agents.Model(turn), new ChatOptions { MaxOutputTokens = 900 }, ct)));
            },
            AgentTool.SubAgent("research"));
        host.Model.ToolCalls(("research", new { message = "x" }, "c1"), ("research", new { message = "y" }, "c2"), ("research", new { message = "z" }, "c3"));
        host.Model.Default = call => call.Messages[0].Text == "go" ? "done" : $"about {call.Messages[0].Text}";
        TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int waiting = 0;
        for (int i = 0; i < 2; i++)
        {
            host.Model.Reply((call, ct) => HoldAsync(call, ct));
        }

        TestTurn turn = await host.SendAsync("go");

        UIMessage answer = turn.Message!;
        Assert.Equal(1, answer.Tools.Count(tool => tool.State == ToolPartState.OutputError && tool.ErrorText!.StartsWith("budget-exceeded", StringComparison.Ordinal)));
        Assert.Equal(2, answer.Tools.Count(tool => tool.State == ToolPartState.OutputAvailable));

        async IAsyncEnumerable<ChatResponseUpdate> HoldAsync(ModelCall call, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            // Both children are in a call at once, so that only reservations keep a third one out.
            if (Interlocked.Increment(ref waiting) == 2)
            {
                _ = Task.Run(
                    async () =>
                    {
                        await host.UntilAsync(() => host.AllRecords.Any(record => record.Body.Contains("budget-exceeded")));
                        all.SetResult();
                    },
                    cancellationToken);
            }

            await all.Task.WaitAsync(cancellationToken);
            yield return new ChatResponseUpdate(ChatRole.Assistant, $"about {call.Messages[0].Text}");
            yield return new ChatResponseUpdate(ChatRole.Assistant, [new UsageContent(new UsageDetails { InputTokenCount = 10, OutputTokenCount = 10 })]) { FinishReason = ChatFinishReason.Stop };
        }
    }

    private static ChatResponseUpdate[] Call(UsageDetails usage) =>
    [
        new(ChatRole.Assistant, [new FunctionCallContent("c1", "look")]),
        new(ChatRole.Assistant, [new UsageContent(usage)]) { FinishReason = ChatFinishReason.ToolCalls },
    ];

    private static async Task<IReadOnlyList<StateEntry>> LedgersAsync(AgentTestHost host, string prefix) =>
        await host.Store.ListAsync("test", "budgets", prefix, after: null, limit: 10, CancellationToken.None);

    private static async Task<JsonElement> LedgerAsync(AgentTestHost host, string prefix) =>
        JsonElement.Parse(Assert.Single(await LedgersAsync(host, prefix)).Value.Span);
}
