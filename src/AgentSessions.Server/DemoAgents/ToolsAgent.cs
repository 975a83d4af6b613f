using AgentSessions.Agents;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Server.DemoAgents;

/// <summary>Plays a tool call chunk by chunk.</summary>
internal static class ToolsAgent
{
    private const string Call = "call_1";
    private const string Tool = "lookup";

    public static async Task RunAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        await turn.Output.WriteAsync(new ToolInputStartChunk(Call, Tool), cancellationToken);
        await turn.Output.WriteAsync(
            new ToolInputAvailableChunk(Call, Tool, UIJson.ToElement(new { query = turn.Message?.Text ?? "" })), cancellationToken);
        await turn.Output.WriteAsync(new ToolOutputAvailableChunk(Call, UIJson.ToElement(new { answer = 42 })), cancellationToken);
        await turn.Output.WriteAsync(new FinishStepChunk(), cancellationToken);
        await turn.SayAsync("Result: 42");
    }
}
