using System.Text.Json;
using AgentSessions.Agents;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Server.DemoAgents;

/// <summary>Repeats what it is told.</summary>
internal static class EchoAgent
{
    public static Task RunAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        string text = turn.UIMessages.LastOrDefault(static message => message.Role == UIMessageRole.User)?.Text ?? "";
        return turn.SayAsync(turn.Trigger switch
        {
            TurnTrigger.RegenerateMessage => $"Again: {text}",
            TurnTrigger.ActionTurn => $"Action: {text}",
            _ => $"You said: {text}",
        });
    }

    /// <summary>The action <c>{type:"say",text}</c> is answered; any other one does nothing.</summary>
    public static Task<ActionOutcome> OnActionAsync(ActionContext action, CancellationToken cancellationToken) =>
        Task.FromResult(
            action.Action.ValueKind == JsonValueKind.Object
            && action.Action.TryGetProperty("type", out JsonElement type) && type.ValueEquals("say")
            && action.Action.TryGetProperty("text", out JsonElement text) && text.ValueKind == JsonValueKind.String
                ? ActionOutcome.Answer(text.GetString()!)
                : ActionOutcome.Edited);
}
