using AgentSessions.Agents;

namespace AgentSessions.Server.DemoAgents;

/// <summary>Says its version; on <c>upgrade</c> the first version leaves the answer to the second.</summary>
internal static class UpgradeAgent
{
    private const string First = "v1";
    private const string Second = "v2";

    public static Task OnTurnStartAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        if (turn.Message?.Text == "upgrade" && (turn.AgentVersion ?? First) == First)
        {
            turn.RequestUpgrade(Second);
        }

        return Task.CompletedTask;
    }

    public static Task RunAsync(TurnContext turn, CancellationToken cancellationToken) =>
        turn.SayAsync($"{turn.AgentVersion ?? First}: {turn.Message?.Text}");
}
