using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests;

/// <summary>Two conversations of one agent in one store, each with an approval that is open.</summary>
public sealed class ForeignApprovalTests
{
    [Fact]
    public async Task Approval_ThatIsOpenInAnotherSession_RunsInNeither()
    {
        int runs = 0;
        AIFunction refund = new ApprovalRequiredAIFunction(AIFunctionFactory.Create((string id) => $"{++runs}:{id}", "refund"));
        await using var host = await StartAsync("chat-1", refund, beside: null);
        await using var other = await StartAsync("chat-2", refund, host);
        host.Model.ToolCall("refund", new { id = "7" }, "c7").Text("Refunded 7.");
        other.Model.Text("Hello.").ToolCall("refund", new { id = "8" }, "c8").Text("Refunded 8.");
        UIMessage own = (await host.SendAsync("refund 7")).Message!;
        await other.SendAsync("hi");
        UIMessage foreign = (await other.SendAsync("refund 8")).Message!;
        ToolApproval open = foreign.Approvals[0];
        Assert.NotEqual(own.Approvals[0].Id, open.Id);

        TestTurn[] refused =
        [
            await host.ApproveAsync(foreign, open, approved: true),
            await host.ApproveAsync(own with { Parts = foreign.Parts }, open, approved: true),
            await host.ApproveAsync(own with { Parts = [.. own.Parts.Select(part => part is ToolPart tool ? tool with { Approval = open } : part)] }, open, approved: true),
        ];

        Assert.Equal(0, runs);
        Assert.All(refused, static turn => Assert.Contains("approval-not-found", turn.ErrorText));
        Assert.Equal("Refunded 7.", (await host.ApproveAsync(own, own.Approvals[0], approved: true)).Text);
        Assert.Equal("Refunded 8.", (await other.ApproveAsync(foreign, open, approved: true)).Text);
        Assert.Equal(2, runs);
    }

    private static Task<AgentTestHost> StartAsync(string chatId, AIFunction tool, AgentTestHost? beside) => AgentTestHost.StartAsync(
        Agents.RespondAsync,
        host =>
        {
            host.ChatId = chatId;
            host.Beside = beside;
            host.Options = agent => agent.Tools = (_, _) => new([tool]);
        });
}
