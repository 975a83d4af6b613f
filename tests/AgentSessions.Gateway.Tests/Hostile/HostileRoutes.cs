namespace AgentSessions.Gateway.Tests.Hostile;

/// <summary>Routes besides the native API: the chat APIs of others, files, the console, data, webhooks both ways, and MCP.</summary>
internal static class HostileRoutes
{
    /// <summary>The name of the other system whose webhooks are taken.</summary>
    public const string Sender = "shop";

    private const string Conversation = "/api/chat/conversations/{id}";
    private const string Desk = "/api/console/v1/sessions/{id}";
    private const string Puffle = "/api/agent/chat";

    public static (string Method, string Path)[] Others { get; } =
    [
        ("GET", "/api/chat/conversations"), ("POST", "/api/chat/conversations"), ("GET", Conversation), ("PATCH", Conversation), ("DELETE", Conversation),
        ("GET", $"{Conversation}/messages"), ("POST", $"{Conversation}/messages"), ("POST", $"{Conversation}/respond"), ("GET", "/api/chat/models"),
        ("GET", "/api/chat/suggested-prompts"), ("GET", "/api/chat/entities/search"), ("GET", "/api/permissions"), ("POST", "/api/permissions"), ("DELETE", "/api/permissions"),
        ("POST", "/api/documents"), ("GET", "/api/documents/{id}/file"),
        ("POST", Puffle), ("POST", $"{Puffle}/sync"), ("POST", $"{Puffle}/stream"), ("GET", $"{Puffle}/{{id}}"), ("POST", $"{Puffle}/mock-stream"),
        ("GET", "/api/console/v1/overview"), ("GET", "/api/console/v1/budgets"), ("POST", "/api/console/v1/nodes/{id}/drain"), ("GET", "/api/console/v1/sessions"),
        ("GET", Desk), ("POST", $"{Desk}/take-over"), ("POST", $"{Desk}/say"), ("POST", $"{Desk}/hand-back"), ("POST", $"{Desk}/fork"), ("GET", $"{Desk}/turns"),
        ("DELETE", Desk), ("GET", $"{Desk}/runs"), ("GET", $"{Desk}/transcript"),
        ("GET", "/api/v1/sessions/{id}/export"), ("POST", "/api/v1/sessions/import"), ("POST", "/api/v1/backups"), ("GET", "/api/v1/sessions/{id}/legal-hold"),
        ("PUT", "/api/v1/sessions/{id}/legal-hold"), ("DELETE", "/api/v1/sessions/{id}/legal-hold"), ("POST", "/api/v1/erasures"), ("POST", "/api/v1/erasures/verify"),
        ("POST", "/api/v1/sessions/{id}/attachments"), ("PUT", "/api/v1/sessions/{id}/snapshot"), ("POST", "/api/v1/streams/{id}/records"),
        ("GET", "/api/v1/webhooks"), ("GET", "/api/v1/webhooks/events"), ("POST", "/api/v1/webhooks/events/{id}/replay"), ("POST", $"/api/v1/webhooks/{Sender}"), ("POST", "/api/v1/webhooks/{id}"),
        ("POST", "/mcp"), ("POST", "/mcp"), ("GET", "/metrics"),
    ];
}
