using System.Text.Json;
using AgentSessions.Gateway.Stagent.Conversations;

namespace AgentSessions.Gateway.Stagent.Rows;

/// <summary>One row of a conversation's history.</summary>
/// <param name="Id">Stays the same in every reading.</param>
/// <param name="Role"><c>user</c>, <c>assistant</c> or <c>system</c>.</param>
/// <param name="Content">Its text.</param>
/// <param name="Metadata">A JSON object as text, or null.</param>
/// <param name="Status"><c>pending</c>, <c>streaming</c>, <c>complete</c> or <c>error</c>.</param>
/// <param name="At">Unix milliseconds.</param>
internal sealed record MessageRow(string Id, string Role, string Content, string? Metadata, string Status, long At)
{
    public void Write(Utf8JsonWriter json, string conversationId)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, Id);
        json.WriteString("conversationId"u8, conversationId);
        json.WriteString("role"u8, Role);
        json.WriteString("content"u8, Content);
        json.WriteString("metadata"u8, Metadata);
        json.WriteString("status"u8, Status);
        json.WriteString("createdAt"u8, ConversationJson.Moment(At));
        json.WriteEndObject();
    }
}
