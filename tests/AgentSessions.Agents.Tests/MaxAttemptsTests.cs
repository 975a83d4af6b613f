using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests;

/// <summary>Messages whose turns end their runs: each is tried so often and then given up, and the next one is answered.</summary>
public sealed class MaxAttemptsTests
{
    private static Task<AgentTestHost> StartAsync() => AgentTestHost.StartAsync(Agents.RespondAsync, static host => host.TriggerConfig = new { maxAttempts = 2 });

    [Fact]
    public async Task MaxAttempts_APoisonousMessageIsGivenUp_AndTheNextOneWorks()
    {
        await using var host = await StartAsync();
        host.Model.Hangs("1 ").Hangs("2 ").Text("fine");
        long sequence = await host.PostAsync("poison");
        await host.TextAsync("1 ");
        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.TextAsync("2 ");
        await host.CrashRunAsync();

        await host.RestartAsync();
        TestTurn turn = await host.WaitForTurnAsync(sequence);

        Assert.Equal("The message could not be answered.", turn.ErrorText);
        Assert.Equal("fine", (await host.SendAsync("next")).Text);
        Assert.Equal(3, host.Model.Calls.Count);
    }

    [Fact]
    public async Task MaxAttempts_AMessageBehindOneThatKeptItsAnswer_IsTheOneGivenUp()
    {
        await using var host = await StartAsync();
        host.Model.Hangs("half ").Hangs("1 ").Hangs("2 ").Text("fine");
        await host.PostAsync("u0");
        await host.TextAsync("half");
        long sequence = await host.PostAsync("poison");
        foreach (string said in new[] { "1 ", "2 " })
        {
            await host.CrashRunAsync();
            await host.RestartAsync();
            await host.RecordAsync(record => record.Body.Contains(said));
        }

        await host.CrashRunAsync();
        await host.RestartAsync();
        TestTurn turn = await host.WaitForTurnAsync(sequence);

        Assert.Equal("The message could not be answered.", turn.ErrorText);
        Assert.Equal("fine", (await host.SendAsync("next")).Text);
        Assert.Equal(["u0", "half ", "poison", "next", "fine"], (await host.TranscriptAsync()).Select(static message => message.Text));
    }

    [Fact]
    public async Task MaxAttempts_AnApprovalThatIsGivenUp_CannotBeGivenAgain()
    {
        int runs = 0;
        bool hangs = false;
        AIFunction refund = new ApprovalRequiredAIFunction(AIFunctionFactory.Create(() => $"{++runs}", "refund"));
        await using var host = await AgentTestHost.StartAsync(Agents.RespondAsync, host =>
        {
            host.TriggerConfig = new { maxAttempts = 2 };
            host.Options = options =>
            {
                options.Tools = (_, _) => new([refund]);
                options.OnTurnStart = (_, ct) => hangs ? Task.Delay(Timeout.Infinite, ct) : Task.CompletedTask;
            };
        });
        host.Model.ToolCall("refund").Text("Refunded.");
        TestTurn asked = await host.SendAsync("refund");
        hangs = true;
        Task<TestTurn> approved = host.ApproveAsync(asked, approved: true);
        for (int i = 0; i < 2; i++)
        {
            await host.HookCalledAsync("OnTurnStart", 2 + i);
            await host.CrashRunAsync();
            await host.RestartAsync();
        }

        TestTurn givenUp = await approved;
        hangs = false;
        TestTurn again = await host.ApproveAsync(asked, approved: true);

        Assert.Equal("The message could not be answered.", givenUp.ErrorText);
        Assert.Contains("approval-not-found: the approval was answered before", again.ErrorText);
        Assert.Equal(0, runs);
        Assert.Equal(ToolPartState.OutputError, (await host.TranscriptAsync())[1].Tools.Single().State);
    }

    [Fact]
    public async Task MaxAttempts_ARunThatFailsAtBootDoesNotLoopForEver()
    {
        await using var host = await Agents.StartModelAsync(options => options.OnBoot = (_, _) => throw new InvalidOperationException("secret"));

        TestTurn turn = await host.SendAsync("a");
        await host.RunsEndedAsync(4);

        Assert.Equal("The message could not be answered.", turn.ErrorText);
        Assert.All(await host.RunsAsync(), run => Assert.Equal("An error occurred.", run.Error));
    }
}
