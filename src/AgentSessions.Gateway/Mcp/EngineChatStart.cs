using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Client.Connections;
using AgentSessions.Core;
using AgentSessions.Core.Clients;

namespace AgentSessions.Gateway.Mcp;

/// <summary>Starts a chat as a page's own server would: preloaded, so that the first message finds the agent ready.</summary>
internal sealed class EngineChatStart(ISessionEngine engine, string environment)
{
    public async Task<object> StartAsync(string agent, string chatId, JsonElement? clientData, CancellationToken cancellationToken)
    {
        var payload = new JsonObject { ["chatId"] = chatId, ["trigger"] = "preload" };
        if (clientData is { } data)
        {
            payload["metadata"] = JsonNode.Parse(data.GetRawText());
        }

        var start = new SessionStart
        {
            ChatId = chatId,
            Agent = agent,
            TriggerConfig = new JsonObject { ["basePayload"] = payload }.ToJsonString(),
        };
        SessionStarted started = await new EngineSessionConnection(engine, environment).StartAsync(start, cancellationToken);
        return new { session = chatId, id = started.SessionId, run = started.RunId, isNew = !started.IsCached };
    }
}
