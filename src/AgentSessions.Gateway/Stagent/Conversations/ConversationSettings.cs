using System.Text.Json;
using AgentSessions.Core.Sessions;

namespace AgentSessions.Gateway.Stagent.Conversations;

/// <summary>What the API keeps of a conversation beside its session.</summary>
internal sealed record ConversationSettings
{
    public const string ClaudeCode = "claude-code";
    public const string Codex = "openai-codex-app-server";
    public const string Active = "active";
    public const string Archived = "archived";

    public string RuntimeId { get; init; } = ClaudeCode;

    public string? ModelId { get; init; }

    public string? ProjectId { get; init; }

    public string Status { get; init; } = Active;

    /// <summary>The list's sort key in Unix milliseconds; every change makes it greater.</summary>
    public long UpdatedAt { get; init; }

    public static bool IsRuntime(string? text) => text is ClaudeCode or Codex;

    public static bool IsStatus(string? text) => text is Active or Archived;

    /// <summary>What holds for a session that another API made: its own agent answers.</summary>
    public static ConversationSettings Of(SessionRow row) => new() { ModelId = row.Agent, UpdatedAt = row.CreatedAt.ToUnixTimeMilliseconds() };

    public static ConversationSettings Read(ReadOnlyMemory<byte> json) =>
        JsonSerializer.Deserialize<ConversationSettings>(json.Span, JsonSerializerOptions.Web)!;

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web);
}
