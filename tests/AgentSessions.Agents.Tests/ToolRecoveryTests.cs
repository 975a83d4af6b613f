using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests;

/// <summary>What a run that follows a killed one does about the tool calls of the broken answer.</summary>
public sealed class ToolRecoveryTests
{
    [Theory]
    [InlineData(InterruptedCall.Replay)]
    [InlineData(InterruptedCall.Ask)]
    [InlineData(InterruptedCall.Fail)]
    public async Task ToolJournal_ACallThatWasRunningIsTreatedAsDeclared(InterruptedCall interrupted)
    {
        var keys = new List<string>();
        TaskCompletionSource began = new(TaskCreationOptions.RunContinuationsAsynchronously);
        AIFunction pay = AgentTool.WithEffects(
            AIFunctionFactory.Create(
                async (AIFunctionArguments arguments, CancellationToken ct) =>
                {
                    lock (keys)
                    {
                        keys.Add(AgentTool.GetIdempotencyKey(arguments));
                    }

                    if (began.TrySetResult())
                    {
                        await Task.Delay(Timeout.Infinite, ct);
                    }

                    return "paid";
                },
                "pay"),
            interrupted);
        await using var host = await Agents.StartModelAsync(null, pay);
        host.Model.ToolCall("pay", null, "c1").Text("Done.");
        long sequence = await host.PostAsync("pay");
        await began.Task;

        await host.CrashRunAsync();
        await host.RestartAsync();
        TestTurn turn = await host.WaitForTurnAsync(sequence);

        ToolPart tool = turn.Message!.Tools.Single();
        switch (interrupted)
        {
            case InterruptedCall.Replay:
                Assert.Equal("Done.", turn.Message.Text);
                Assert.Equal(["chat:c1", "chat:c1"], keys);
                break;
            case InterruptedCall.Ask:
                Assert.Equal(ToolPartState.ApprovalRequested, tool.State);
                Assert.Single(keys);
                TestTurn approved = await host.ApproveAsync(turn.Message, turn.Message.Approvals.Single(), approved: true);
                Assert.Equal("Done.", approved.Text);
                Assert.Equal(["chat:c1", "chat:c1"], keys);
                break;
            default:
                Assert.Equal(ToolPartState.OutputError, tool.State);
                Assert.Equal("Done.", turn.Message.Text);
                Assert.Single(keys);
                break;
        }

        Assert.Single(turn.Chunks.OfType<StartChunk>().Select(start => start.MessageId).Distinct());
    }

    [Fact]
    public async Task ToolJournal_ACallThatHadEndedIsNotRepeated()
    {
        int runs = 0;
        AIFunction pay = AIFunctionFactory.Create(() => $"paid {++runs}", "pay");
        await using var host = await Agents.StartModelAsync(null, pay);
        host.Model.ToolCall("pay").Hangs("You ").Text("All paid.");
        long sequence = await host.PostAsync("pay");
        await host.TextAsync("You ");

        await host.CrashRunAsync();
        await host.RestartAsync();
        TestTurn turn = await host.WaitForTurnAsync(sequence);

        Assert.Equal(1, runs);
        Assert.Equal("All paid.", turn.Message!.Text);
        Assert.Equal("paid 1", turn.Message.Tools.Single().Output!.Value.GetString());
        Assert.Single(await host.TranscriptAsync(), message => message.Role == UIMessageRole.Assistant);
        Assert.Equal([ChatRole.User, ChatRole.Assistant, ChatRole.Tool], host.Model.Calls[2].Messages.Select(message => message.Role));
    }

    [Fact]
    public async Task ToolJournal_SecondKill_SaysWhatWasSaidBeforeTheCallOnce()
    {
        AIFunction pay = AgentTool.WithEffects(AIFunctionFactory.Create(() => "paid", "pay"));
        await using var host = await Agents.StartModelAsync(null, pay);
        host.Model.Updates(
            new ChatResponseUpdate(ChatRole.Assistant, "One moment. "),
            new ChatResponseUpdate(ChatRole.Assistant, [new FunctionCallContent("c1", "pay")]) { FinishReason = ChatFinishReason.ToolCalls })
            .Hangs("You ").Hangs("All ").Text("Done.");
        long sequence = await host.PostAsync("pay");
        foreach (string said in new[] { "You ", "All " })
        {
            await host.TextAsync(said);
            await host.CrashRunAsync();
            await host.RestartAsync();
        }

        TestTurn turn = await host.WaitForTurnAsync(sequence);

        Assert.Equal("One moment. Done.", turn.Message!.Text);
        Assert.Equal(["pay", "One moment. Done."], (await host.TranscriptAsync()).Select(static message => message.Text));
    }

    [Fact]
    public async Task ToolJournal_AReadOnlyToolIsSimplyRunAgain()
    {
        int runs = 0;
        AIFunction read = AgentTool.ReadOnly(AIFunctionFactory.Create(() => $"read {++runs}", "read"));
        await using var host = await Agents.StartModelAsync(null, read);
        host.Model.ToolCall("read").Hangs("You ").ToolCall("read").Text("All read.");
        long sequence = await host.PostAsync("read");
        await host.TextAsync("You ");

        await host.CrashRunAsync();
        await host.RestartAsync();
        TestTurn turn = await host.WaitForTurnAsync(sequence);

        Assert.Equal(2, runs);
        Assert.Equal("All read.", turn.Message!.Text);
        Assert.Single(turn.Message.Tools);
    }
}
