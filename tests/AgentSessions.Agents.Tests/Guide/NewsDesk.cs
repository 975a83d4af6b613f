using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests.Guide;

/// <summary>An agent as the guide teaches it: colleagues that remember, a tool that shows its progress, steering, a budget for all.</summary>
public static class NewsDesk
{
    public static void Register(AgentSessionsBuilder agents) => agents
        .AddAgent("archivist", static (turn, ct) => turn.RespondAsync(new ChatOptions { Instructions = "You know old stories." }, ct))
        .AddAgent("desk", static (turn, ct) => turn.RespondAsync(new ChatOptions { Instructions = "You write the news.", MaxOutputTokens = 100 }, ct), static options =>
        {
            options.Tools = static (_, _) => new(
            [
                AgentTool.SubAgent("archivist", description: "Remembers old stories.", memory: SubAgentMemory.Conversations),
                AgentTool.Streaming("layout", static (_, _) => LayOutAsync(), "Lays the page out."),
            ]);
            options.Steering = new SteeringOptions { ShouldInject = static steps => steps > 0 };
            options.SessionBudget = new BudgetLimits { Tokens = 20_000 };
        });

    private static async IAsyncEnumerable<string> LayOutAsync()
    {
        await Task.Yield();
        yield return "half";
        yield return "done";
    }

    public sealed class Tests
    {
        [Fact]
        public async Task TheArchivistRemembers_AndThePageIsLaidOut()
        {
            await using var host = await AgentTestHost.StartNamedAsync("desk", Register);
            host.Model
                .ToolCall("archivist", new { message = "bees?", conversation = "bees" }, "c1").Text("They danced.")
                .ToolCall("archivist", new { message = "and then?", conversation = "bees" }, "c2").Text("They slept.")
                .ToolCall("layout").Text("Bees danced and slept.");

            TestTurn turn = await host.SendAsync("A story about bees.");

            Assert.Equal("Bees danced and slept.", turn.Text);
            Assert.Equal(["bees?", "They danced.", "and then?"], host.Model.Calls[3].Messages.Select(message => message.Text));
            Assert.Equal("done", turn.Message!.Tools.Last().Output!.Value.GetString());
        }

        [Fact]
        public async Task TheArchivistsTokens_CountAgainstTheDesk()
        {
            await using var host = await AgentTestHost.StartNamedAsync("desk", Register);
            host.Model.ToolCall("archivist", new { message = "everything?" }, "c1")
                .Text("Much.", new() { InputTokenCount = 30_000, OutputTokenCount = 10, TotalTokenCount = 30_010 }).Text("never");

            TestTurn turn = await host.SendAsync("Everything.");

            Assert.StartsWith("budget-exceeded", turn.ErrorText);
            Assert.Contains(turn.Message?.Parts ?? [], part => part is DataPart { Name: "budget-exceeded" });
        }
    }
}
