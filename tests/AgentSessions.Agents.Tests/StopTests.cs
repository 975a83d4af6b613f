using System.Text.Json.Nodes;
using AgentSessions.Core.Sessions;
using AgentSessions.Protocol.Records;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests;

/// <summary>Promise R12: a stop ends its turn whatever the agent does, wherever the turn stands when it lands.</summary>
public sealed class StopTests
{
    [Fact]
    public async Task AStopBeforeItsTurn_EndsAnAgentThatTakesNoNotice()
    {
        using var release = new ManualResetEventSlim();
        using var first = new ManualResetEventSlim();
        await using var host = await AgentTestHost.StartAsync(async (turn, ct) =>
        {
            switch (turn.Message!.Text)
            {
                case "first":
                    first.Wait(CancellationToken.None);
                    break;
                case "stuck":
                    release.Wait(CancellationToken.None);
                    break;
            }

            await turn.Output.WriteTextAsync("said", ct);
        });
        await host.PostAsync("first");
        await host.HookCalledAsync("Run");
        long stuck = await host.PostAsync("stuck");
        await host.ReceivedAsync(await StopAsync(host, stuck));

        first.Set();
        await host.HookCalledAsync("Run", 2);
        await host.TimerAsync(TimeSpan.FromSeconds(5));
        host.Time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal("said", (await host.WaitForTurnAsync(stuck)).Text);
        Assert.Equal("said", (await host.SendAsync("next")).Text);
        release.Set();
    }

    [Fact]
    public async Task Stops_AHundredInOneChat_WedgeNothing()
    {
        TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await AgentTestHost.StartAsync(async (turn, ct) =>
        {
            string text = turn.Message!.Text;
            await turn.Output.WriteTextAsync($"{text}; ", ct);
            switch (text.Split(' ')[0])
            {
                case "listens":
                    await Task.Delay(Timeout.Infinite, ct);
                    break;
                case "swallows":
                    await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    break;
                case "ignores":
                    await released.Task;
                    break;
            }
        });
        string[] ways = ["listens", "swallows", "ignores"];
        for (int i = 0; i < 100; i++)
        {
            string text = $"{ways[i % ways.Length]} {i}";
            bool isStuck = text.StartsWith("ignores", StringComparison.Ordinal);
            if (isStuck)
            {
                // Limits of the turns before are over, so that the next one is this stop's.
                await host.AdvanceAsync(TimeSpan.FromSeconds(6));
            }

            long sequence = await host.PostAsync(text);
            await host.TextAsync($"{text};");
            await host.StopGenerationAsync();
            if (isStuck)
            {
                await host.TimerAsync(TimeSpan.FromSeconds(5));
                host.Time.Advance(TimeSpan.FromSeconds(6));
            }

            Assert.Equal($"{text}; ", (await host.WaitForTurnAsync(sequence)).Text);
        }

        Assert.Equal("next; ", (await host.SendAsync("next")).Text);
        released.SetResult();
    }

    [Fact]
    public async Task AStopOfOneTurn_ReachesItsLastHook_ButNotThatOfAnother()
    {
        using var release = new ManualResetEventSlim();
        await using var host = await Agents.StartEchoAsync(options => options.OnTurnComplete = (turn, _) =>
        {
            if (turn.NewUIMessages[0].Text == "stuck")
            {
                release.Wait(CancellationToken.None);
            }

            return Task.CompletedTask;
        });
        long stuck = await host.PostAsync("stuck");
        await host.HookCalledAsync("OnTurnComplete");
        long next = await host.PostAsync("next");
        await host.ReceivedAsync(await StopAsync(host, next + 100));
        Task limited = host.TimerAsync(TimeSpan.FromSeconds(5));
        Assert.False(limited.IsCompleted);

        await StopAsync(host, stuck);
        await limited;
        host.Time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal("1: stuck3: next", (await host.WaitForTurnAsync(next)).Text);
        Assert.Equal(2, (await host.RunsAsync()).Count);
        release.Set();
    }

    [Theory]
    [InlineData("OnValidateMessages")]
    [InlineData("LoadContext")]
    [InlineData("GetTools")]
    [InlineData("OnChatStart")]
    [InlineData("OnTurnStart")]
    [InlineData("PrepareMessages")]
    public async Task AStopDuringAHook_CompletesTheTurn_AndKeepsTheQuestion(string hook)
    {
        List<TurnCompleted> completed = [];
        await using var host = await Agents.StartEchoAsync(options =>
        {
            int left = 1;
            Task HangAsync(CancellationToken ct) => left-- > 0 ? Task.Delay(Timeout.Infinite, ct) : Task.CompletedTask;
            switch (hook)
            {
                case "OnValidateMessages": options.OnValidateMessages = async (_, incoming, ct) => { await HangAsync(ct); return incoming; }; break;
                case "LoadContext": options.LoadContext = async (_, _, _, ct) => { await HangAsync(ct); return null; }; break;
                case "GetTools": options.Tools = async (_, ct) => { await HangAsync(ct); return []; }; break;
                case "OnChatStart": options.OnChatStart = (_, ct) => HangAsync(ct); break;
                case "OnTurnStart": options.OnTurnStart = (_, ct) => HangAsync(ct); break;
                default: options.PrepareMessages = async (_, messages, _, ct) => { await HangAsync(ct); return messages; }; break;
            }

            options.OnTurnComplete = (turn, _) =>
            {
                completed.Add(turn);
                return Task.CompletedTask;
            };
        });
        long sequence = await host.PostAsync("a");
        await host.HookCalledAsync(hook);

        await host.StopGenerationAsync();
        TestTurn turn = await host.WaitForTurnAsync(sequence);

        Assert.Null(turn.ErrorText);
        Assert.True(Assert.Single(completed) is { IsStopped: true, Error: null });
        Assert.Equal(["a"], completed[0].NewUIMessages.Select(static message => message.Text));
        Assert.Equal("2: b", (await host.SendAsync("b")).Text);
    }

    [Fact]
    public async Task AStopAfterTheWholeAnswer_LeavesItWhole()
    {
        await using var host = await Agents.StartEchoAsync(static options => options.OnBeforeTurnComplete = static (turn, ct) =>
        {
            turn.CloseSession("done");
            return Task.Delay(Timeout.Infinite, ct);
        });

        TestTurn turn = await host.SendAsync("a");

        Assert.Null(turn.ErrorText);
        Assert.False(turn.Stopped);
        Assert.Equal("1: a", turn.Message!.Text);
        Assert.Equal("done", turn.Boundary.Header(ControlHeaders.ClosedReason));
    }

    [Fact]
    public async Task AStopBeforeItsTurn_WithABudget_CompletesTheTurn()
    {
        using var first = new GatedTool();
        await using var host = await AgentTestHost.StartAsync(Agents.RespondAsync, host =>
        {
            host.Options = options => options.Tools = (_, _) => new([first.Function]);
            host.Agents(static agents => agents.ConfigureBudgets(static budgets => budgets.Turn.ToolCalls = 10));
        });
        host.Model.ToolCall("work").Text("one").Text("two");
        await host.PostAsync("a");
        await first.Entered;
        long stopped = await host.PostAsync("b");
        await host.ReceivedAsync(await StopAsync(host, stopped));

        first.Release();
        TestTurn turn = await host.WaitForTurnAsync(stopped);

        Assert.Null(turn.ErrorText);
        Assert.Equal(["a", "one", "b"], (await host.TranscriptAsync()).Select(static message => message.Text));
        Assert.Equal("two", (await host.SendAsync("c")).Text);
    }

    [Fact]
    public async Task AStopDuringATool_OfAnAgentThatCatchesIt_LeavesAPartialAnswer()
    {
        using var tool = new GatedTool();
        await using var host = await AgentTestHost.StartAsync(
            static async (turn, ct) =>
            {
                try
                {
                    await Agents.RespondAsync(turn, ct);
                }
                catch (OperationCanceledException) when (turn.IsStopped)
                {
                }
            },
            host => host.Options = options => options.Tools = (_, _) => new([tool.Function]));
        host.Model.Updates(
            new ChatResponseUpdate(ChatRole.Assistant, "Wait. "), new ChatResponseUpdate(ChatRole.Assistant, [new FunctionCallContent("c1", "work")]));
        long sequence = await host.PostAsync("a");
        await tool.Entered;

        await host.StopGenerationAsync();
        TestTurn turn = await host.WaitForTurnAsync(sequence);

        Assert.True(turn.Stopped);
        Assert.Equal("Wait. ", turn.Message!.Text);
        Assert.Empty(turn.Message.Tools);
    }

    private static Task<long> StopAsync(AgentTestHost host, long sequence) =>
        host.AppendAsync(new JsonObject { ["kind"] = "stop" }, new MessageTerms { Stops = sequence });
}
