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
        host.Model.ToolCall("pay", null, "c1").Text("Done.");
        UIMessage asked = (await host.SendAsync("pay")).Message!;
        Task<TestTurn> approved = host.ApproveAsync(asked, asked.Approvals.Single(), approved: true);
        await _began.Task;

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
