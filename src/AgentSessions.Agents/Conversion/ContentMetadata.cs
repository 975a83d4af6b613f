using System.Text.Json;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Conversion;

/// <summary>Carries what a provider wants back with its own content between the model's world and the UI's.</summary>
/// <remarks>
/// Provider metadata rides on a content's additional properties. The protected data of reasoning, without which some
/// models refuse their own thoughts, has a place of ours in the metadata.
/// </remarks>
internal static class ContentMetadata
{
    /// <summary>The additional property of an <see cref="AIContent"/> that holds the part's metadata as JSON.</summary>
    public const string Property = "providerMetadata";

    private const string Ours = "agentSessions";
    private const string ProtectedData = "protectedData";

    public static JsonElement? Of(AIContent content) =>
        content.AdditionalProperties?.TryGetValue(Property, out var value) is true && value is JsonElement metadata ? metadata : null;

    public static JsonElement? Of(TextReasoningContent reasoning)
    {
        if (reasoning.ProtectedData is not { } data)
        {
            return Of((AIContent)reasoning);
        }

        var fields = new Dictionary<string, object>();
        if (Of((AIContent)reasoning) is { ValueKind: JsonValueKind.Object } metadata)
        {
            foreach (var field in UIJson.ToWellFormed(metadata).EnumerateObject())
            {
                fields[field.Name] = field.Value;
            }
        }

        fields[Ours] = new Dictionary<string, string> { [ProtectedData] = data };
        return UIJson.ToElement(fields);
    }

    public static string? ReadProtectedData(JsonElement? metadata) =>
        metadata is { ValueKind: JsonValueKind.Object } fields
        && UIJson.ToWellFormed(fields).TryGetProperty(Ours, out var ours)
        && ours.ValueKind == JsonValueKind.Object
        && ours.TryGetProperty(ProtectedData, out var data)
        && data.ValueKind == JsonValueKind.String
            ? data.GetString()
            : null;

    /// <summary>Puts the metadata on the content and hands it back.</summary>
    public static T With<T>(this T content, JsonElement? metadata)
        where T : AIContent
    {
        if (metadata is { } present)
        {
            content.AdditionalProperties = new() { [Property] = UIJson.ToWellFormed(present) };
        }

        return content;
    }
}
