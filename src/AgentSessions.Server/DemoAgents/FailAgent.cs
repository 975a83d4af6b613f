using AgentSessions.Agents;

namespace AgentSessions.Server.DemoAgents;

/// <summary>Fails in the middle of its answer, unless it is told <c>ok</c>.</summary>
internal static class FailAgent
{
    public static async Task RunAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        string text = turn.Message?.Text ?? "";
        if (text == "ok")
        {
            await turn.SayAsync("recovered");
            return;
        }

        await turn.Output.WriteTextAsync("partial ", cancellationToken);
        throw new AgentUserException($"boom: {text}");
    }
}
