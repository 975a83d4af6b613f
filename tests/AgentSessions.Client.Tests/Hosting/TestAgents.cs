using System.Globalization;
using AgentSessions.Agents;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Client.Tests.Hosting;

/// <summary>The agents that tests talk to.</summary>
internal static class TestAgents
{
    private static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(2);

    public static AgentSessionsBuilder AddTestAgents(this AgentSessionsBuilder agents) => agents
        .AddAgent("echo", EchoAsync, static options => options.OnAction = static (_, _) => Task.FromResult(ActionOutcome.Edited))
        .AddAgent("count", CountAsync)
        .AddAgent("endless", EndlessAsync)
        .AddAgent("history", static (turn, token) => turn.Output.WriteTextAsync(Users(turn).ToString(CultureInfo.InvariantCulture), token).AsTask())
        .AddAgent("asks", AskAsync);

    private static Task EchoAsync(TurnContext turn, CancellationToken token)
    {
        string text = turn.UIMessages.Last(static message => message.Role == UIMessageRole.User).Text;
        string metadata = turn.Metadata is { } data ? $" ({data.GetRawText()})" : "";
        return turn.Output.WriteTextAsync($"{(turn.Trigger == TurnTrigger.RegenerateMessage ? "again" : "you said")}: {text}{metadata}", token).AsTask();
    }

    /// <summary>Counts to the number it is told.</summary>
    private static async Task CountAsync(TurnContext turn, CancellationToken token)
    {
        int count = int.Parse(turn.Message!.Text, CultureInfo.InvariantCulture);
        for (int i = 0; i < count; i++)
        {
            await turn.Output.WriteTextAsync($"{i} ", token);
            if (i % 10 == 9)
            {
                await Task.Delay(_pace, token);
            }
        }
    }

    /// <summary>Speaks until it is stopped.</summary>
    private static async Task EndlessAsync(TurnContext turn, CancellationToken token)
    {
        while (true)
        {
            await turn.Output.WriteTextAsync("tick ", token);
            await Task.Delay(_pace, token);
        }
    }

    /// <summary>Asks before it does anything.</summary>
    private static async Task AskAsync(TurnContext turn, CancellationToken token)
    {
        if (turn.UIMessages[^1].Tools.FirstOrDefault(static tool => tool.State == ToolPartState.ApprovalResponded) is { } answered)
        {
            bool approved = answered.Approval!.Approved is true;
            await turn.Output.WriteAsync(
                approved ? new ToolOutputAvailableChunk(answered.ToolCallId, UIJson.ToElement(new { sent = true })) : new ToolOutputDeniedChunk(answered.ToolCallId), token);
            await turn.Output.WriteTextAsync(approved ? "Sent." : $"Not sent: {answered.Approval.Reason}", token);
            return;
        }

        await turn.Output.WriteAsync(new ToolInputAvailableChunk("call", "send", UIJson.ToElement(new { to = turn.Message!.Text })), token);
        await turn.Output.WriteAsync(new ToolApprovalRequestChunk("approval", "call"), token);
    }

    private static int Users(TurnContext turn) => turn.UIMessages.Count(static message => message.Role == UIMessageRole.User);
}
