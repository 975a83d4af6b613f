using AgentSessions.Agents;

namespace AgentSessions.Server.DemoAgents;

/// <summary>Closes the session when it is told <c>bye</c>.</summary>
internal static class CloserAgent
{
    public static async Task RunAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        if (turn.Message?.Text != "bye")
        {
            await turn.SayAsync($"Still open: {turn.Message?.Text}");
            return;
        }

        await turn.SayAsync("Goodbye");
        turn.CloseSession("done");
    }
}
