using AgentSessions.Agents;
using Microsoft.Extensions.AI;

namespace AgentSessions.Samples.Team;

/// <summary>An editor that asks a researcher and a writer, within one budget for all three.</summary>
public static class TeamAgents
{
    /// <summary>Registers the team and what it may use.</summary>
    public static AgentSessionsBuilder AddTeam(this AgentSessionsBuilder agents) => agents
        .AddAgent("researcher", Answer("You find facts. Answer with a short list."))
        .AddAgent("writer", Answer("You write one clear paragraph from the notes you are given."))
        .AddAgent("editor", Answer("You edit a newsletter. Ask the researcher, then the writer, then answer."), options =>
        {
            options.Tools = static (_, _) => new(
            [
                AgentTool.SubAgent("researcher", description: "Finds facts about a topic."),
                AgentTool.SubAgent("writer", description: "Writes a paragraph from notes."),
            ]);

            // What the other two use counts here as well, also when they work side by side.
            options.TurnBudget = new BudgetLimits { Tokens = 50_000, ToolCalls = 10, WallTime = TimeSpan.FromMinutes(5) };
        })
        .ConfigureBudgets(static budgets =>
        {
            budgets.User = new BudgetLimits { Money = 1.00m, Period = BudgetPeriod.Day };
            budgets.Prices[BudgetOptions.AnyModel] = new TokenPrice { InputPerMillion = 1m, OutputPerMillion = 4m };
        });

    private static Func<TurnContext, CancellationToken, Task> Answer(string instructions) => (turn, cancellationToken) => turn.RespondAsync(
        new ChatOptions { Instructions = instructions, MaxOutputTokens = 1000 }, cancellationToken);
}
