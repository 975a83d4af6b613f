using AgentSessions.Testing;

namespace MyAgent.Tests;

public sealed class OrderAgentTests
{
    [Fact]
    public async Task Question_IsAnsweredWithWhatTheToolFound()
    {
        await using AgentTestHost host = await AgentTestHost.StartAsync<OrderAgent>();
        host.Model.ToolCall("FindOrder", new { number = "7" }).Text("It is on its way.");

        TestTurn turn = await host.SendAsync("Where is order 7?");

        Assert.Equal("It is on its way.", turn.Text);
        Assert.Equal("Order 7 was shipped yesterday.", turn.Message!.Tools.Single().Output!.Value.GetString());
    }

    [Fact]
    public async Task Cancelling_WaitsForTheUser()
    {
        await using AgentTestHost host = await AgentTestHost.StartAsync<OrderAgent>();
        host.Model.ToolCall("CancelOrder", new { number = "7" }).Text("Done.");

        TestTurn asked = await host.SendAsync("Cancel order 7");
        Assert.Empty(asked.Text);
        TestTurn turn = await host.ApproveAsync(asked.Message!, asked.Message!.Approvals.Single(), approved: true);

        Assert.Equal("Done.", turn.Text);
    }
}
