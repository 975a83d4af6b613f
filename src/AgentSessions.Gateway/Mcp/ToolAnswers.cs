using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Native.Wire;
using AgentSessions.Protocol.UI;
using ModelContextProtocol.Protocol;

namespace AgentSessions.Gateway.Mcp;

/// <summary>Results of tool calls, as JSON and as the same JSON in text for clients that read only that.</summary>
internal static class ToolAnswers
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static CallToolResult Of(object value)
    {
        JsonElement json = JsonSerializer.SerializeToElement(value, value.GetType(), _json);
        return new CallToolResult { Content = [new TextContentBlock { Text = JsonSerializer.Serialize(json, _json) }], StructuredContent = json };
    }

    public static CallToolResult Failed(string error) => new() { Content = [new TextContentBlock { Text = error }], IsError = true };

    public static object Session(
        SessionRow row, SessionStatus status, bool isRunning, StoredTranscript transcript, string cursor, TurnAnswer? turn) => new
        {
            session = Summary(row, status),
            isRunning,
            cursor,
            turn,
            messages = Messages(transcript).Select(static message => new
            {
                id = message.Id,
                role = message.Role.ToString().ToLowerInvariant(),
                text = message.Text,
                tools = message.Tools.Any() ? message.Tools.Select(static tool => new { tool.ToolName, tool.Input, tool.Output, tool.ErrorText }).ToArray() : null,
            }).ToArray(),
        };

    public static IEnumerable<UIMessage> Messages(StoredTranscript transcript) =>
        transcript.Messages.Select(static stored => JsonSerializer.Deserialize<UIMessage>(stored.Json.Span, UIJson.Options)!);

    public static object Page(SessionPage page, DateTimeOffset now) => new
    {
        sessions = page.Rows.Select(row => Summary(row, row.StatusAt(now))).ToArray(),
        next = page.Next?.ToString(),
    };

    private static object Summary(SessionRow row, SessionStatus status) => new
    {
        session = row.Key.Key,
        id = row.Id,
        agent = row.Agent,
        status = status.ToString().ToUpperInvariant(),
        tags = row.Tags,
        createdAt = WireText.Moment(row.CreatedAt),
        updatedAt = WireText.Moment(row.UpdatedAt),
    };
}
