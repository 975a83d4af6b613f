using System.Text.Json;
using AgentSessions.Agents;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Server.DemoAgents;

/// <summary>Says what it knows, as one JSON object.</summary>
internal static class ContextAgent
{
    public static async Task RunAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        UIMessage[] users = [.. turn.UIMessages.Where(static message => message.Role == UIMessageRole.User)];
        string[] system = [.. turn.Messages.Where(static message => message.Role == ChatRole.System).Select(static message => message.Text)];
        var context = new
        {
            turn = users.Length,
            userTexts = users.Select(static message => message.Text),
            fileParts = (turn.Message?.Parts ?? []).OfType<FilePart>(),
            metadata = turn.Metadata ?? UIJson.Null,
            bootMetadata = turn.BootPayload.TryGetProperty("metadata", out JsonElement boot) ? boot : UIJson.Null,
            trigger = turn.Trigger.WireName(),
            runId = turn.RunId,
            continuation = turn.IsContinuation,
            previousRunId = UIJson.ToElement(turn.PreviousRunId),
            system = system.Length > 0 ? system : null,
        };
        await turn.Output.WriteTextAsync(JsonSerializer.Serialize(context, UIJson.Options), cancellationToken);
    }
}
