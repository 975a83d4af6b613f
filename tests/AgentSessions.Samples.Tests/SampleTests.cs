using AgentSessions.Samples.Approvals;
using AgentSessions.Samples.Team;
using AgentSessions.Samples.TenLines;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Samples.Tests;

public sealed class SampleTests
{
    [Fact]
    public async Task TenLines_Answers_AndRemembers()
    {
        await using var host = await AgentTestHost.StartAsync(Assistant.RunAsync);
        host.Model.Text("Hello Ann.").Text("Ann.");

        Assert.Equal("Hello Ann.", (await host.SendAsync("I am Ann.")).Text);
        Assert.Equal("Ann.", (await host.SendAsync("Who am I?")).Text);
        Assert.Equal(3, host.Model.Calls[1].Messages.Count);
    }

    [Fact]
    public async Task Approvals_PaysOnceAfterTheYes_AlsoIfTheProcessDiesMeanwhile()
    {
        var orders = new OrderBook();
        await using var host = await AgentTestHost.StartAsync<ShopAgent>(builder =>
        {
            builder.Services.AddSingleton<IOrders>(orders);
            builder.ClientData = new ShopClient("English");
        });
        host.Model.ToolCall("FindOrder", new { id = "7" }).ToolCall("Refund", new { id = "7" }).Text("Paid back.");

        TestTurn asked = await host.SendAsync("I want my money back for order 7.");
        Assert.Equal(0, orders.Payments);
        await host.CrashRunAsync();
        await host.RestartAsync();
        TestTurn paid = await host.ApproveAsync(asked.Message!, Assert.Single(asked.Message!.Approvals), approved: true);

        Assert.Equal("Paid back.", paid.Text);
        Assert.Equal(1, orders.Payments);
        Assert.Contains("19.9", paid.Message!.Tools.Last().Output!.Value.GetRawText());
        Assert.Contains("English", host.Model.Calls[0].Options!.Instructions);
    }

    [Fact]
    public async Task Approvals_NothingIsPaidAfterANo()
    {
        var orders = new OrderBook();
        await using var host = await AgentTestHost.StartAsync<ShopAgent>(builder =>
        {
            builder.Services.AddSingleton<IOrders>(orders);
            builder.ClientData = new ShopClient("English");
        });
        host.Model.ToolCall("Refund", new { id = "7" }).Text("As you wish.");

        TestTurn asked = await host.SendAsync("I want my money back for order 7.");
        TestTurn denied = await host.ApproveAsync(asked.Message!, asked.Message!.Approvals[0], approved: false);

        Assert.Equal(("As you wish.", 0), (denied.Text, orders.Payments));
    }

    [Fact]
    public async Task Team_TheEditorAsksTheOthers_WithinOneBudget()
    {
        await using var host = await AgentTestHost.StartNamedAsync("editor", agents => agents.AddTeam(), builder => builder.Metadata = new { userId = "ann" });
        host.Model
            .ToolCall("researcher", new { message = "bees" }, "c1").Text("- They dance.", Used(100))
            .ToolCall("writer", new { message = "They dance." }, "c2").Text("Bees dance.", Used(100))
            .Text("Here it is: Bees dance.");

        TestTurn turn = await host.SendAsync("Something about bees.");

        Assert.Equal("Here it is: Bees dance.", turn.Text);
        Assert.Equal(["researcher", "writer"], turn.Message!.Tools.Select(tool => tool.ToolName));
        Assert.Contains(turn.Chunks, chunk => chunk.Type == "data-subagent");
    }

    [Fact]
    public async Task Team_StopsWhenTheBudgetIsUsedUp()
    {
        await using var host = await AgentTestHost.StartNamedAsync("editor", agents => agents.AddTeam());
        host.Model.ToolCall("researcher", new { message = "everything" }, "c1").Text("- Much.", Used(60_000)).Text("never");

        TestTurn turn = await host.SendAsync("Everything about everything.");

        Assert.StartsWith("budget-exceeded: the tokens budget of this turn", turn.ErrorText);
    }

    private static UsageDetails Used(long tokens) => new() { InputTokenCount = tokens, OutputTokenCount = 0, TotalTokenCount = tokens };
}
