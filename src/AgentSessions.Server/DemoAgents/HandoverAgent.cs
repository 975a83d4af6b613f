using AgentSessions.Agents;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Server.DemoAgents;

/// <summary>Goes on from a first step that another process has answered.</summary>
internal static class HandoverAgent
{
    public static async Task RunAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        if (turn.Trigger != TurnTrigger.Handover)
        {
            await turn.SayAsync($"You said: {turn.Message?.Text}");
            return;
        }

        // After a crash some, or all, may have their output.
        ToolPart[] open = [.. turn.Continued?.Tools.Where(static call => !call.IsTerminal) ?? []];
        foreach (ToolPart call in open)
        {
            await turn.Output.WriteAsync(new ToolOutputAvailableChunk(call.ToolCallId, UIJson.ToElement(new { answer = 42 })), cancellationToken);
        }

        if (open.Length > 0)
        {
            await turn.Output.WriteAsync(new FinishStepChunk(), cancellationToken);
        }

        await turn.SayAsync("Step two.");
    }
}
