using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests;

/// <summary>Approved calls whose turn is cut short: the yes was for that turn, so the same answer, sent again, runs nothing.</summary>
public sealed class StoppedApprovalTests
{
    private readonly TaskCompletionSource _began = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _executions;

    [Fact]
    public async Task StoppedInsideTheCall_ItHasFailed_AndTheSameAnswerRunsItNoMore()
    {
        await using AgentTestHost host = await StartAsync();
        (UIMessage asked, Task<TestTurn> approved) = await ApproveAsync(host);

        await host.StopGenerationAsync();
        TestTurn stopped = await approved;

        Assert.True(stopped.Stopped);
        await AssertEndedAsync(host, asked);
    }

    [Fact]
    public async Task LeftBehindInsideTheCall_ItHasFailed_AndTheSameAnswerRunsItNoMore()
    {
        await using AgentTestHost host = await StartAsync(isDeaf: true);
        (UIMessage asked, Task<TestTurn> approved) = await ApproveAsync(host);

        await host.StopGenerationAsync();
        await host.TimerAsync(TimeSpan.FromSeconds(5));
        host.Time.Advance(TimeSpan.FromSeconds(5));
        await approved;

        await AssertEndedAsync(host, asked);
    }

    [Fact]
    public async Task OutOfTimeInsideTheCall_ItHasFailed_AndTheSameAnswerRunsItNoMore()
    {
        await using AgentTestHost host = await StartAsync(options: options => options.TurnBudget = new() { WallTime = TimeSpan.FromMinutes(1) });
        (UIMessage asked, Task<TestTurn> approved) = await ApproveAsync(host);

        host.Time.Advance(TimeSpan.FromMinutes(1));
        TestTurn failed = await approved;

        Assert.StartsWith("budget-exceeded", failed.ErrorText);
        Assert.IsType<ErrorChunk>(failed.Chunks[^1]);
        await AssertEndedAsync(host, asked);
    }

    [Fact]
    public async Task StoppedBeforeTheCall_ItHasFailed_AndTheSameAnswerRunsItNoMore()
    {
        int starts = 0;
        await using AgentTestHost host = await StartAsync(options: options => options.OnTurnStart = (_, ct) =>
        {
            if (++starts == 1)
            {
                return Task.CompletedTask;
            }

            _began.TrySetResult();
            return Task.Delay(starts == 2 ? Timeout.Infinite : 0, ct);
        });
        (UIMessage asked, Task<TestTurn> approved) = await ApproveAsync(host);

        await host.StopGenerationAsync();
        await approved;

        await AssertEndedAsync(host, asked, executions: 0);
    }

    [Fact]
    public async Task FailedBeforeTheCall_TheSameAnswerRunsIt()
    {
        int starts = 0;
        await using AgentTestHost host = await StartAsync(options: options => options.OnTurnStart = (_, _) =>
            ++starts == 2 ? throw new InvalidOperationException() : Task.CompletedTask);
        host.Model.ToolCall("pay");
        UIMessage asked = (await host.SendAsync("pay")).Message!;
        Assert.NotNull((await host.SendAsync(Answer(asked))).ErrorText);

        await host.PostAsync(Answer(asked));
        await _began.Task;

        Assert.Equal(1, _executions);
    }

    private async Task AssertEndedAsync(AgentTestHost host, UIMessage asked, int executions = 1)
    {
        ToolPart call = (await host.TranscriptAsync())[1].Tools.Single();
        Assert.Equal(ToolPartState.OutputError, call.State);
        Assert.True(call.Approval?.Approved);

        TestTurn repeated = await host.ApproveAsync(asked, asked.Approvals.Single(), approved: true);
        Assert.StartsWith("approval-not-found", repeated.ErrorText);
        Assert.Equal(executions, _executions);

        Assert.Equal("Next.", (await host.SendAsync("go on")).Text);
        Assert.Contains(host.Model.Calls[^1].Messages, static message => message.Contents.OfType<FunctionResultContent>().Any());
        Assert.DoesNotContain(host.Model.Calls[^1].Messages, static message => message.Contents.OfType<ToolApprovalResponseContent>().Any());
    }

    private Task<AgentTestHost> StartAsync(bool isDeaf = false, Action<AgentOptions>? options = null) => Agents.StartModelAsync(
        options,
        new ApprovalRequiredAIFunction(AIFunctionFactory.Create(
            async (CancellationToken cancellationToken) =>
            {
                Interlocked.Increment(ref _executions);
                _began.TrySetResult();
                await Task.Delay(Timeout.Infinite, isDeaf ? CancellationToken.None : cancellationToken);
            },
            "pay")));

    private async Task<(UIMessage Asked, Task<TestTurn> Approved)> ApproveAsync(AgentTestHost host)
    {
        host.Model.ToolCall("pay").Text("Next.");
        UIMessage asked = (await host.SendAsync("pay")).Message!;
        long sequence = await host.PostAsync(Answer(asked));
        await _began.Task;
        return (asked, host.WaitForTurnAsync(sequence));
    }

    private static UIMessage Answer(UIMessage asked) => asked with
    {
        Parts = [asked.Tools.Single() with { State = ToolPartState.ApprovalResponded, Approval = new ToolApproval(asked.Approvals.Single().Id) { Approved = true } }],
    };
}
