using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests;

/// <summary>Approved calls whose process dies: the yes was for one time, and what was begun goes by what is declared for such calls.</summary>
public sealed class ApprovedCallTests
{
    private readonly TaskCompletionSource _began = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _executions;

    [Theory]
    [InlineData(InterruptedCall.Replay)]
    [InlineData(InterruptedCall.Ask)]
    [InlineData(InterruptedCall.Fail)]
    public async Task KilledInsideTheCall_ItIsTreatedAsDeclared(InterruptedCall interrupted)
    {
        await using AgentTestHost host = await StartAsync(Pay(interrupted));
        (_, Task<TestTurn> approved) = await ApproveAsync(host);

        await host.CrashRunAsync();
        await host.RestartAsync();
        await approved;

        await AssertTreatedAsync(host, interrupted);
    }

    [Theory]
    [InlineData(InterruptedCall.Replay)]
    [InlineData(InterruptedCall.Ask)]
    [InlineData(InterruptedCall.Fail)]
    public async Task KilledInsideACallThatARuleAllows_ItIsTreatedAsDeclared(InterruptedCall interrupted)
    {
        await using AgentTestHost host = await StartAsync(Pay(interrupted), new AllowAll());
        host.Model.ToolCall("pay", null, "c1").Text("Done.");
        long sequence = await host.PostAsync("pay");
        await _began.Task;

        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.WaitForTurnAsync(sequence);

        await AssertTreatedAsync(host, interrupted);
    }

    [Fact]
    public async Task KilledAgainWhileItAsks_TheFirstYesAnswersNothing()
    {
        Task? held = new TaskCompletionSource().Task;
        await using AgentTestHost host = await StartAsync(Pay(InterruptedCall.Ask), options: options => options.OnBeforeTurnComplete = (turn, ct) =>
            held is not null && turn.Response?.Approvals is [{ Id: "approval_c1_again" }] ? held.WaitAsync(ct) : Task.CompletedTask);
        (UIMessage asked, Task<TestTurn> approved) = await ApproveAsync(host);
        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.HookCalledAsync("OnBeforeTurnComplete", count: 2);
        await host.RecordAsync(static record => record.Body.Contains("approval_c1_again"));

        await host.CrashRunAsync();
        held = null;
        await host.RestartAsync();
        await approved;
        TestTurn repeated = await host.ApproveAsync(asked, asked.Approvals.Single(), approved: true);

        Assert.StartsWith("approval-not-found", repeated.ErrorText);
        await AssertTreatedAsync(host, InterruptedCall.Ask);
    }

    [Fact]
    public async Task KilledAfterTheCall_TheSameAnswerGoesOn_AndTheNextOneIsItsOwn()
    {
        await using AgentTestHost host = await StartAsync(Pay(InterruptedCall.Ask));
        _began.SetResult();
        host.Model.ToolCall("pay", null, "c1").Hangs("You ").Text("All paid.").Text("Hello.");
        UIMessage asked = (await host.SendAsync("pay")).Message!;
        Task<TestTurn> approved = host.ApproveAsync(asked, asked.Approvals.Single(), approved: true);
        await host.TextAsync("You ");

        await host.CrashRunAsync();
        await host.RestartAsync();
        TestTurn recovered = await approved;
        TestTurn next = await host.SendAsync("hi");

        Assert.Null(recovered.ErrorText);
        Assert.Equal((asked.Id, "All paid."), (recovered.Message!.Id, recovered.Message.Text));
        Assert.Equal(ToolPartState.OutputAvailable, recovered.Message.Tools.Single().State);
        Assert.Equal(1, _executions);
        Assert.NotEqual(asked.Id, next.Message!.Id);
        Assert.Equal(["pay", "All paid.", "hi", "Hello."], (await host.TranscriptAsync()).Select(static message => message.Text));
    }

    [Fact]
    public async Task RecoveredTurnThatFailsEarly_LeavesItsAnswerToNobody()
    {
        bool throws = false;
        await using AgentTestHost host = await StartAsync(Pay(InterruptedCall.Ask), options: options => options.OnValidateMessages = (_, incoming, _) =>
            throws ? throw new InvalidOperationException("secret") : Task.FromResult(incoming));
        _began.SetResult();
        host.Model.ToolCall("pay", null, "c1").Hangs("You ").Text("Hello.");
        UIMessage asked = (await host.SendAsync("pay")).Message!;
        Task<TestTurn> approved = host.ApproveAsync(asked, asked.Approvals.Single(), approved: true);
        await host.TextAsync("You ");

        await host.CrashRunAsync();
        throws = true;
        await host.RestartAsync();
        Assert.Equal("An error occurred.", (await approved).ErrorText);
        throws = false;
        TestTurn next = await host.SendAsync("hi");

        Assert.NotEqual(asked.Id, next.Message!.Id);
        Assert.Equal("Hello.", next.Message.Text);
        Assert.Equal(1, _executions);
    }

    [Theory]
    [InlineData(InterruptedCall.Replay)]
    [InlineData(InterruptedCall.Ask)]
    [InlineData(InterruptedCall.Fail)]
    public async Task KilledAnywhereInTheApprovedTurn_NothingIsDoneTwiceUnasked(InterruptedCall interrupted)
    {
        _began.SetResult();
        int crashes = 0;
        while (await KillAsync(interrupted, crashes))
        {
            crashes++;
        }

        Assert.InRange(crashes, 2, 100);
    }

    /// <returns>Whether the turn was long enough to be killed there.</returns>
    private async Task<bool> KillAsync(InterruptedCall interrupted, int commitsBefore)
    {
        _executions = 0;
        await using AgentTestHost host = await StartAsync(Pay(interrupted));
        host.Model.ToolCall("pay", null, "c1");
        UIMessage asked = (await host.SendAsync("pay")).Message!;
        host.Model.Default = static _ => "Done.";
        Task killed = host.KillBeforeRunCommit(commitsBefore);
        Task<TestTurn> approved = host.ApproveAsync(asked, asked.Approvals.Single(), approved: true);
        if (await Task.WhenAny(killed, approved) == approved)
        {
            return false;
        }

        await host.RestartAsync();
        Assert.Null((await approved).ErrorText);
        UIMessage answer = (await host.TranscriptAsync())[1];
        if (answer.Approvals is [{ } open])
        {
            Assert.Equal(InterruptedCall.Ask, interrupted);
            Assert.InRange(_executions, 0, 1);
            await host.ApproveAsync(answer, open, approved: true);
            answer = (await host.TranscriptAsync())[1];
        }
        else
        {
            Assert.InRange(_executions, interrupted == InterruptedCall.Fail ? 0 : 1, interrupted == InterruptedCall.Replay ? 2 : 1);
        }

        Assert.EndsWith("Done.", answer.Text);
        Assert.True(answer.Tools.Single().IsTerminal);
        Assert.Equal(2, (await host.TranscriptAsync()).Count);
        return true;
    }

    private AIFunction Pay(InterruptedCall interrupted) => new ApprovalRequiredAIFunction(AgentTool.WithEffects(
        AIFunctionFactory.Create(
            async (CancellationToken ct) =>
            {
                Interlocked.Increment(ref _executions);
                if (_began.TrySetResult())
                {
                    await Task.Delay(Timeout.Infinite, ct);
                }

                return "paid";
            },
            "pay"),
        interrupted));

    /// <summary>Lets the model ask for a payment, says yes, and waits until it has begun.</summary>
    private async Task<(UIMessage Asked, Task<TestTurn> Approved)> ApproveAsync(AgentTestHost host)
    {
        host.Model.ToolCall("pay", null, "c1").Text("Done.");
        UIMessage asked = (await host.SendAsync("pay")).Message!;
        Task<TestTurn> approved = host.ApproveAsync(asked, asked.Approvals.Single(), approved: true);
        await _began.Task;
        return (asked, approved);
    }

    private static Task<AgentTestHost> StartAsync(AIFunction pay, IStandingApprovals? rules = null, Action<AgentOptions>? options = null) => AgentTestHost.StartAsync(
        Agents.RespondAsync,
        host =>
        {
            host.Options = agent =>
            {
                agent.Tools = (_, _) => new([pay]);
                options?.Invoke(agent);
            };
            if (rules is not null)
            {
                host.Services.AddSingleton(rules);
            }
        });

    private async Task AssertTreatedAsync(AgentTestHost host, InterruptedCall interrupted)
    {
        UIMessage answer = (await host.TranscriptAsync())[1];
        if (interrupted == InterruptedCall.Ask)
        {
            Assert.Equal(ToolPartState.ApprovalRequested, answer.Tools.Single().State);
            Assert.Equal(1, _executions);
            await host.ApproveAsync(answer, answer.Approvals.Single(), approved: true);
            answer = (await host.TranscriptAsync())[1];
        }

        Assert.Equal("Done.", answer.Text);
        Assert.Equal(interrupted == InterruptedCall.Fail ? ToolPartState.OutputError : ToolPartState.OutputAvailable, answer.Tools.Single().State);
        Assert.Equal(interrupted == InterruptedCall.Fail ? 1 : 2, _executions);
        Assert.Equal(2, (await host.TranscriptAsync()).Count);
    }

    private sealed class AllowAll : IStandingApprovals
    {
        public ValueTask<bool> AllowsAsync(SessionRow session, ToolPart call, CancellationToken cancellationToken) => new(true);
    }
}
