using System.Text.Json;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Stagent.Access;
using AgentSessions.Gateway.Stagent.Conversations;
using AgentSessions.Gateway.Stagent.Rows;
using AgentSessions.Gateway.Users;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Stagent.Endpoints;

/// <summary><c>GET …/messages</c>: the rows after one that the client knows, oldest first.</summary>
internal sealed class HistoryEndpoint(StagentAccess access, ConversationStore conversations, ConversationRows history)
{
    public async Task GetAsync(HttpContext context)
    {
        GatewayUser user = await access.AuthenticateAsync(context);
        Conversation conversation = await conversations.RequireAsync(user, PathSegment.Get(context, "conversation"), context.RequestAborted);
        IReadOnlyList<MessageRow> rows = await history.ReadAsync(conversation, context.RequestAborted);
        string? after = context.Request.Query["after"].FirstOrDefault();
        int start = rows.ToList().FindIndex(row => row.Id == after) + 1;
        MessageRow[] page = [.. rows.Skip(start).Take(ConversationList.Limit(context.Request.Query) ?? int.MaxValue)];
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, (page, conversation.Id), static (json, answer) => Write(json, answer.page, answer.Id));
    }

    private static void Write(Utf8JsonWriter json, MessageRow[] rows, string conversationId)
    {
        json.WriteStartArray();
        foreach (MessageRow row in rows)
        {
            row.Write(json, conversationId);
        }

        json.WriteEndArray();
    }
}
