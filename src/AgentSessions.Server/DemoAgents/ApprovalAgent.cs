using AgentSessions.Agents;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Server.DemoAgents;

/// <summary>Asks before it sends an email, chunk by chunk as a loop of one's own would.</summary>
internal static class ApprovalAgent
{
    private const string Call = "call_approve";
    private const string Tool = "sendEmail";

    public static async Task RunAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        ToolPart? answered = turn.Continued?.Tools.FirstOrDefault(static tool => tool.State == ToolPartState.ApprovalResponded);
        if (answered is null)
        {
            await turn.Output.WriteAsync(new ToolInputStartChunk(Call, Tool), cancellationToken);
            await turn.Output.WriteAsync(new ToolInputAvailableChunk(Call, Tool, UIJson.ToElement(new { to = turn.Message?.Text ?? "" })), cancellationToken);
            await turn.Output.WriteAsync(new ToolApprovalRequestChunk("appr_1", Call), cancellationToken);
            return;
        }

        bool isApproved = answered.Approval?.Approved is true;
        await turn.Output.WriteAsync(
            isApproved ? new ToolOutputAvailableChunk(answered.ToolCallId, UIJson.ToElement(new { sent = true })) : new ToolOutputDeniedChunk(answered.ToolCallId),
            cancellationToken);
        await turn.Output.WriteAsync(new FinishStepChunk(), cancellationToken);
        await turn.SayAsync(isApproved ? "Email sent." : "Not sent.");
    }
}
