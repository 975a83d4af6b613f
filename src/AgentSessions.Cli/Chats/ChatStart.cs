using System.Text.Json;
using AgentSessions.Cli.Connections;
using AgentSessions.Cli.Errors;
using AgentSessions.Client;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Cli.Chats;

/// <summary>What a chat begins with: nothing, or what was said before.</summary>
/// <param name="Options">The chat.</param>
/// <param name="Exists">Whether it goes on.</param>
/// <param name="History">The newest messages, oldest first.</param>
internal sealed record ChatStart(AgentChatOptions Options, bool Exists, IReadOnlyList<UIMessage> History)
{
    /// <summary>Looks whether the chat exists, and where it stands.</summary>
    /// <param name="api">The server.</param>
    /// <param name="agent">Whom to talk to; null for the chat's own.</param>
    /// <param name="id">The chat; null for a new one.</param>
    /// <param name="clientData">What to send with the start and every message; null for nothing.</param>
    /// <param name="history">How many of the newest messages to get.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    /// <exception cref="CliException">No agent was named for a new chat, or another than the chat's.</exception>
    public static async Task<ChatStart> FindAsync(ServerApi api, string? agent, string? id, JsonElement? clientData, int history, CancellationToken cancellationToken)
    {
        string path = $"api/v1/sessions/{ServerApi.Segment(id ?? "")}";
        JsonElement? row = id is null ? null : await api.FindAsync(path, cancellationToken);
        if (row is null)
        {
            return agent is null
                ? throw new CliException(ExitCode.Usage, id is null ? "Name an agent to chat with" : $"There is no chat {id}; name an agent to start it")
                : new ChatStart(
                    new AgentChatOptions { Agent = agent, ChatId = id ?? Guid.NewGuid().ToString(), ClientData = clientData, StopOnCancel = false }, Exists: false, []);
        }

        string itsAgent = row.Value.Text("taskIdentifier") ?? "";
        if (agent is not null && agent != itsAgent)
        {
            throw new CliException(ExitCode.Usage, $"The chat {id} is with {itsAgent}");
        }

        if (row.Value.Text("closedAt") is not null)
        {
            throw new CliException(ExitCode.Closed, $"The chat {id} is closed; 'agentsessions sessions transcript' prints it");
        }

        JsonElement page = await api.GetAsync($"{path}/transcript?limit={history}", cancellationToken);
        var options = new AgentChatOptions
        {
            Agent = itsAgent,
            ChatId = row.Value.Text("externalId") ?? id!,
            ClientData = clientData,
            Session = new AgentChatSession { LastEventId = page.Field("cursors")?.Text("lastOutEventId") },
            StopOnCancel = false,
        };
        return new ChatStart(options, Exists: true, [.. page.Items("messages").Select(static message => message.Deserialize<UIMessage>(UIJson.Options)!)]);
    }
}
