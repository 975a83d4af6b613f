using System.Globalization;
using System.Text.Json;

namespace AgentSessions.Gateway.Stagent.Conversations;

/// <summary>Writes conversations.</summary>
internal static class ConversationJson
{
    public static void Write(Utf8JsonWriter json, Conversation conversation) => Write(json, conversation, messageCount: null);

    public static void Write(Utf8JsonWriter json, Conversation conversation, int? messageCount)
    {
        ConversationSettings settings = conversation.Settings;
        json.WriteStartObject();
        json.WriteString("id"u8, conversation.Id);
        json.WriteString("projectId"u8, settings.ProjectId);
        json.WriteString("title"u8, conversation.Title);
        json.WriteString("runtimeId"u8, settings.RuntimeId);
        json.WriteString("modelId"u8, settings.ModelId);
        json.WriteString("status"u8, settings.Status);
        json.WriteString("createdAt"u8, Moment(conversation.Row.CreatedAt.ToUnixTimeMilliseconds()));
        json.WriteString("updatedAt"u8, Moment(settings.UpdatedAt));
        if (messageCount is int count)
        {
            json.WriteNumber("messageCount"u8, count);
        }

        json.WriteEndObject();
    }

    /// <summary>A moment as <c>2026-04-03T10:00:00.000Z</c>.</summary>
    public static string Moment(long unixMilliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
