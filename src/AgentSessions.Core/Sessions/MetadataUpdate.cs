using System.Text.Json.Nodes;

namespace AgentSessions.Core.Sessions;

/// <summary>What an update makes of a session's metadata.</summary>
internal static class MetadataUpdate
{
    /// <summary>The metadata to store.</summary>
    public static string? Apply(UpdateSession update, string? stored)
    {
        if (!update.SetsMetadata)
        {
            return stored;
        }

        string? given = update.MetadataKey is { } key ? WithKey(stored, update.Metadata, key, update.KeepsMetadataValue) : update.Metadata;
        return update.KeepsOwner ? SessionOwner.Keep(stored, given) : given;
    }

    private static string? WithKey(string? stored, string? given, string key, bool keepsValue)
    {
        JsonObject metadata = Parse(stored) ?? [];
        if (keepsValue && metadata[key] is not null)
        {
            return stored;
        }

        metadata.Remove(key);
        if (Parse(given)?[key] is { } value)
        {
            metadata[key] = value.DeepClone();
        }

        return metadata.ToJsonString();
    }

    private static JsonObject? Parse(string? metadata) => metadata is null ? null : ClientObject.Parse(metadata);
}
