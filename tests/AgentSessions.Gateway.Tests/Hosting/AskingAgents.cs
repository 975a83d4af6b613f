using AgentSessions.Agents;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Gateway.Tests.Hosting;

/// <summary>Agents that ask their user something before they answer.</summary>
internal static class AskingAgents
{
    public static async Task PermissionAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        if (turn.Continued?.Tools.LastOrDefault(static tool => tool.State == ToolPartState.ApprovalResponded) is not { } call)
        {
            string id = $"call_{turn.Output.MessageId}";
            await turn.Output.WriteAsync(new ToolInputStartChunk(id, "Read"), cancellationToken);
            await turn.Output.WriteAsync(new ToolInputAvailableChunk(id, "Read", UIJson.ToElement(new { file_path = "/etc/hosts" })), cancellationToken);
            await turn.Output.WriteAsync(new ToolApprovalRequestChunk($"approval_{id}", id), cancellationToken);
            return;
        }

        bool isApproved = call.Approval!.Approved is true;
        await turn.Output.WriteAsync(
            isApproved ? new ToolOutputAvailableChunk(call.ToolCallId, UIJson.ToElement("read")) : new ToolOutputDeniedChunk(call.ToolCallId), cancellationToken);
        await turn.Output.WriteAsync(new FinishStepChunk(), cancellationToken);
        await turn.Output.WriteTextAsync(isApproved ? $"Read {call.Input?.GetProperty("file_path")}" : $"Denied: {call.Approval.Reason}", cancellationToken);
    }

    /// <summary>Asks twice at once and goes on when both are decided.</summary>
    public static async Task TwiceAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        if (turn.Continued is { } continued)
        {
            foreach (ToolPart call in continued.Tools)
            {
                await turn.Output.WriteAsync(
                    call.Approval!.Approved is true ? new ToolOutputAvailableChunk(call.ToolCallId, UIJson.ToElement("read")) : new ToolOutputDeniedChunk(call.ToolCallId),
                    cancellationToken);
            }

            await turn.Output.WriteAsync(new FinishStepChunk(), cancellationToken);
            await turn.Output.WriteTextAsync("both decided", cancellationToken);
            return;
        }

        foreach (string id in new[] { $"a_{turn.Output.MessageId}", $"b_{turn.Output.MessageId}" })
        {
            await turn.Output.WriteAsync(new ToolInputAvailableChunk(id, "Read", UIJson.ToElement(new { file_path = $"/etc/{id[0]}" })), cancellationToken);
            await turn.Output.WriteAsync(new ToolApprovalRequestChunk($"approval_{id}", id), cancellationToken);
        }
    }

    public static async Task QuestionAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        if (turn.Continued is { } continued)
        {
            await turn.Output.WriteTextAsync($"No answer: {continued.Tools.Single().State}", cancellationToken);
            return;
        }

        await turn.Output.WriteAsync(new ToolInputAvailableChunk("ask", "AskUserQuestion", UIJson.ToElement(new { question = "?" })), cancellationToken);
    }

    /// <summary>Asks in the form that clients show as a choice, and tells what was chosen.</summary>
    public static async Task ColorAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        if (turn.Continued?.Tools.LastOrDefault() is { IsTerminal: true } call)
        {
            await turn.Output.WriteTextAsync(call.Output is { } output ? $"Chosen: {output.GetProperty("answers").GetProperty("color")}" : "No answer.", cancellationToken);
            return;
        }

        var input = new { questions = new[] { new { id = "color", header = "Color", question = "Which?", options = new[] { new { label = "Red", description = "r" } } } } };
        await turn.Output.WriteAsync(new ToolInputAvailableChunk($"ask_{turn.Output.MessageId}", "AskUserQuestion", UIJson.ToElement(input)), cancellationToken);
    }
}
