using System.Text.Json.Nodes;

namespace AgentSessions.Core.Sessions;

/// <summary>Whose session it is: the <c>userId</c> of its metadata. Budgets and stores trust it, so only the secret key may write it.</summary>
internal static class SessionOwner
{
    private const string Property = "userId";

    /// <summary>New metadata with the owner that is stored.</summary>
    public static string? Keep(string? stored, string? given)
    {
        JsonNode? owner = Parse(stored)?[Property];
        JsonObject? metadata = Parse(given);
        if (metadata?.ContainsKey(Property) is not true && owner is null)
        {
            return given;
        }

        metadata ??= [];
        metadata.Remove(Property);
        if (owner is not null)
        {
            metadata[Property] = owner.DeepClone();
        }

        return metadata.ToJsonString();
    }

    private static JsonObject? Parse(string? metadata) => metadata is null ? null : ClientObject.Parse(metadata);
}
