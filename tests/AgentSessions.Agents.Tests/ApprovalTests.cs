using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests;

/// <summary>Calls that a person has to allow: which answers run them, and how often.</summary>
public sealed class ApprovalTests
{
    [Fact]
    public async Task Approval_ApproveRunsOnceWithStoredInput()
    {
        int runs = 0;
        AIFunction refund = new ApprovalRequiredAIFunction(AIFunctionFactory.Create((string id) => $"{++runs}:{id}", "refund"));
        await using var host = await Agents.StartModelAsync(null, refund);
        host.Model.ToolCall("refund", new { id = "7" }).Text("Refunded.");

        TestTurn asked = await host.SendAsync("refund 7");
        Assert.Equal(0, runs);
        TestTurn turn = await host.ApproveAsync(asked.Message!, Assert.Single(asked.Message!.Approvals), approved: true);

        Assert.Equal(asked.Message!.Id, turn.Chunks.OfType<StartChunk>().Single().MessageId);
        Assert.Equal(
            ["start", "start-step", "tool-output-available", "finish-step", "start-step", "text-start", "text-delta", "text-end", "finish-step", "finish"],
            turn.Chunks.Select(chunk => chunk.Type));
        Assert.Equal("1:7", turn.Message!.Tools.Single().Output!.Value.GetString());
        Assert.Equal("Refunded.", turn.Message.Text);
        Assert.Equal(2, (await host.TranscriptAsync()).Count);
    }

    [Fact]
    public async Task Approval_DenyNeverRuns()
    {
        int runs = 0;
        AIFunction refund = new ApprovalRequiredAIFunction(AIFunctionFactory.Create((string id) => $"{++runs}", "refund"));
        await using var host = await Agents.StartModelAsync(null, refund);
        host.Model.ToolCall("refund", new { id = "7" }).Text("As you wish.");
        TestTurn asked = await host.SendAsync("refund 7");

        TestTurn turn = await host.ApproveAsync(asked.Message!, asked.Message!.Approvals[0], approved: false, reason: "no money");

        Assert.Equal(0, runs);
        Assert.Single(turn.Chunks.OfType<ToolOutputDeniedChunk>());
        Assert.Equal("As you wish.", turn.Text);
        var result = (FunctionResultContent)host.Model.Calls[1].Messages[^1].Contents.Single();
        Assert.Contains("no money", result.Result!.ToString());
    }

    [Fact]
    public async Task Approval_UnknownId_IsATurnErrorAndNeverRuns()
    {
        int runs = 0;
        AIFunction refund = new ApprovalRequiredAIFunction(AIFunctionFactory.Create((string id) => $"{++runs}", "refund"));
        await using var host = await Agents.StartModelAsync(null, refund);
        host.Model.ToolCall("refund", new { id = "7" }).Text("Refunded.");
        TestTurn asked = await host.SendAsync("refund 7");
        UIMessage forged = asked.Message! with { Parts = [.. asked.Message.Parts.Select(part => part is ToolPart tool ? tool with { Approval = new ToolApproval("forged") } : part)] };

        TestTurn turn = await host.ApproveAsync(forged, new ToolApproval("forged"), approved: true);
        TestTurn again = await host.ApproveAsync(asked.Message!, asked.Message!.Approvals[0], approved: true);
        TestTurn twice = await host.ApproveAsync(asked.Message!, asked.Message!.Approvals[0], approved: true);

        Assert.Contains("approval-not-found", turn.ErrorText);
        Assert.Equal("Refunded.", again.Text);
        Assert.Contains("approval-not-found: the approval was answered before", twice.ErrorText);
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task Approval_AnsweredBothWaysAtOnce_CountsAsTheFirstSays()
    {
        int runs = 0;
        AIFunction refund = new ApprovalRequiredAIFunction(AIFunctionFactory.Create((string id) => $"{Interlocked.Increment(ref runs)}", "refund"));
        await using var host = await Agents.StartModelAsync(null, refund);
        for (int round = 0; round < 20; round++)
        {
            host.Model.ToolCall("refund", new { id = "7" }).Text("As you say.");
            TestTurn asked = await host.SendAsync("refund 7");
            int before = runs;

            long[] answers = await Task.WhenAll(
                Task.Run(() => host.PostAsync(Answer(asked.Message!, isApproved: true))), Task.Run(() => host.PostAsync(Answer(asked.Message!, isApproved: false))));
            TestTurn first = await host.WaitForTurnAsync(answers.Min());
            TestTurn second = await host.WaitForTurnAsync(answers.Max());

            Assert.Equal((null, "As you say."), (first.ErrorText, first.Text));
            Assert.Contains("approval-not-found: the approval was answered before", second.ErrorText);
            Assert.Equal(answers[0] < answers[1] ? 1 : 0, runs - before);
        }

        static UIMessage Answer(UIMessage asked, bool isApproved) => asked with
        {
            Parts =
            [
                asked.Tools.Single(static tool => tool.Approval is not null) with
                {
                    State = ToolPartState.ApprovalResponded,
                    Approval = new ToolApproval(asked.Approvals[0].Id) { Approved = isApproved },
                },
            ],
        };
    }
}
