using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

namespace AgentSessions.Gateway.Mcp;

/// <summary>The tools as MCP clients and their models read them. Names and arguments are a contract: add, never change.</summary>
internal static class ToolList
{
    public const string StartSession = "start_session", SendMessage = "send_message", ReadSession = "read_session",
        StopTurn = "stop_turn", ListSessions = "list_sessions";

    /// <summary>Less than the minute after which published clients give a call up, so that they get the cursor.</summary>
    public const int DefaultWaitSeconds = 50;

    private const string Session =
        """ "session": { "type": "string", "maxLength": 256, "description": "The session's id, either form of it." } """;

    public static readonly IReadOnlyList<Tool> All =
    [
        Make(
            StartSession,
            "Starts a chat session with an agent, or finds the session of that id. Sending a message needs a session.",
            """
            "agent": { "type": "string", "maxLength": 128, "description": "The agent's registered name." },
            "chatId": { "type": "string", "maxLength": 256, "description": "An id of your own; the same id finds the same session. Left out, the server makes one." },
            "clientData": { "type": "object", "description": "Data that the agent asks its clients for." }
            """,
            ["agent"],
            new ToolAnnotations { ReadOnlyHint = false, DestructiveHint = false, OpenWorldHint = false }),
        Make(
            SendMessage,
            "Sends a user message and waits for the agent's answer. When the wait runs out the status is 'running': read_session with the cursor goes on waiting. The message is kept and answered either way; when it is 'cancelled', behind the next message.",
            $$"""
            {{Session}},
            "text": { "type": "string", "minLength": 1, "description": "The message." },
            "messageId": { "type": "string", "maxLength": 256, "description": "Repeat a call with the same id and it is one message." },
            "waitSeconds": { "type": "integer", "minimum": 0, "maximum": 600, "default": {{DefaultWaitSeconds}}, "description": "How long to wait for the answer." }
            """,
            ["session", "text"],
            new ToolAnnotations { ReadOnlyHint = false, DestructiveHint = false, OpenWorldHint = true }),
        Make(
            ReadSession,
            "Reads a session: its state and its newest messages, and, with a cursor, the answer that follows it.",
            $$"""
            {{Session}},
            "cursor": { "type": "string", "maxLength": 64, "description": "From an earlier result: waits for the answer that it names, or for the turn that follows it." },
            "waitSeconds": { "type": "integer", "minimum": 0, "maximum": 600, "default": {{DefaultWaitSeconds}}, "description": "How long to wait for a running turn; only with a cursor." },
            "limit": { "type": "integer", "minimum": 1, "maximum": 100, "default": 20, "description": "How many of the newest messages." }
            """,
            ["session"],
            new ToolAnnotations { ReadOnlyHint = true, OpenWorldHint = false }),
        Make(
            StopTurn,
            "Stops the turn that is running. What was said is kept, and the session takes the next message.",
            Session,
            ["session"],
            new ToolAnnotations { ReadOnlyHint = false, DestructiveHint = false, IdempotentHint = true, OpenWorldHint = false }),
        Make(
            ListSessions,
            "Lists sessions, newest first.",
            """
            "agent": { "type": "string", "maxLength": 128, "description": "Only sessions of this agent." },
            "status": { "type": "string", "enum": ["ACTIVE", "CLOSED", "EXPIRED"], "description": "Only sessions of this status." },
            "limit": { "type": "integer", "minimum": 1, "maximum": 100, "default": 20 },
            "after": { "type": "string", "maxLength": 128, "description": "'next' of the page before." }
            """,
            [],
            new ToolAnnotations { ReadOnlyHint = true, OpenWorldHint = false }),
    ];

    /// <summary>Whether a call's <c>name</c> is one of them.</summary>
    public static bool Has(JsonNode? name) => name is JsonValue value && value.TryGetValue(out string? text) && All.Any(tool => tool.Name == text);

    private static Tool Make(string name, string description, string properties, string[] required, ToolAnnotations annotations) => new()
    {
        Name = name,
        Description = description,
        InputSchema = JsonElement.Parse($$"""{ "type": "object", "properties": { {{properties}} }, "required": {{JsonSerializer.Serialize(required)}} }"""),
        Annotations = annotations,
    };
}
