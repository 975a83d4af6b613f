using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Core.Sessions;

namespace AgentSessions.Gateway.Stagent.Conversations;

/// <summary>A session as this API shows it.</summary>
/// <param name="Row">The session.</param>
/// <param name="Settings">What the API keeps beside it.</param>
internal sealed record Conversation(SessionRow Row, ConversationSettings Settings)
{
    private const string TitleKey = "title";
    private const string UserKey = "userId";

    public SessionKey Key => Row.Key;

    public string Id => Row.Key.Key;

    /// <summary>The label that all APIs share.</summary>
    public string? Title => Text(Row, TitleKey);

    /// <summary>Whose session it is; null for nobody's.</summary>
    public static string? OwnerOf(SessionRow row) => Text(row, UserKey);

    /// <summary>The labels of a new session.</summary>
    public static string NewMetadata(string userId, string? title)
    {
        var metadata = new JsonObject { [UserKey] = userId };
        if (title is not null)
        {
            metadata[TitleKey] = title;
        }

        return metadata.ToJsonString();
    }

    /// <summary>Gives the session another title, and leaves its other labels to those who write them meanwhile.</summary>
    /// <param name="title">The title; null takes it away.</param>
    /// <param name="keepsOther">Whether a title that is there stays.</param>
    public UpdateSession Titled(string? title, bool keepsOther = false)
    {
        // All labels are sent, since a node that does not know of single keys stores what it gets.
        JsonObject metadata = Row.Metadata is null ? [] : ClientObject.Parse(Row.Metadata) ?? [];
        metadata.Remove(TitleKey);
        if (title is not null)
        {
            metadata[TitleKey] = title;
        }

        return new UpdateSession { SetsMetadata = true, Metadata = metadata.ToJsonString(), MetadataKey = TitleKey, KeepsMetadataValue = keepsOther };
    }

    private static string? Text(SessionRow row, string key)
    {
        if (row.Metadata is null)
        {
            return null;
        }

        JsonElement metadata = JsonElement.Parse(row.Metadata);
        return metadata.ValueKind == JsonValueKind.Object && metadata.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
    }
}
