using System.Text.Json;
using AgentSessions.Agents;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Server.DemoAgents;

/// <summary>Asks whether it may read a file before it says anything. It reads none.</summary>
internal static class PermissionAgent
{
    private const string Tool = "Read";
    private const string PathKey = "file_path";

    public static async Task RunAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        ToolPart? call = turn.Continued?.Tools.LastOrDefault(static tool => tool.ToolName == Tool);
        switch (call)
        {
            case { State: ToolPartState.ApprovalResponded, Approval.Approved: true }:
                string path = PathOf(call);
                await turn.Output.WriteAsync(new ToolOutputAvailableChunk(call.ToolCallId, UIJson.ToElement(new { read = path })), cancellationToken);
                await turn.Output.WriteAsync(new FinishStepChunk(), cancellationToken);
                await turn.SayAsync($"I may read {path} now.");
                break;
            case { Approval.Approved: false }:
                if (!call.IsTerminal)
                {
                    await turn.Output.WriteAsync(new ToolOutputDeniedChunk(call.ToolCallId), cancellationToken);
                    await turn.Output.WriteAsync(new FinishStepChunk(), cancellationToken);
                }

                await turn.SayAsync(call.Approval.Reason is { Length: > 0 } reason ? $"Reading was denied: {reason}" : "Reading was denied.");
                break;
            default:
                await AskAsync(turn, cancellationToken);
                break;
        }
    }

    private static async Task AskAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        // A call id is never used twice in a conversation, or an answer could meet the wrong call.
        string call = $"call_read_{turn.Output.MessageId}";
        await turn.Output.WriteAsync(new ToolInputStartChunk(call, Tool), cancellationToken);
        await turn.Output.WriteAsync(
            new ToolInputAvailableChunk(call, Tool, UIJson.ToElement(new Dictionary<string, string> { [PathKey] = "/etc/hosts" })), cancellationToken);
        await turn.Output.WriteAsync(new ToolApprovalRequestChunk($"approval_{call}", call), cancellationToken);
    }

    private static string PathOf(ToolPart call) =>
        call.Input is { ValueKind: JsonValueKind.Object } input && input.TryGetProperty(PathKey, out JsonElement path) ? path.ToString() : "nothing";
}
