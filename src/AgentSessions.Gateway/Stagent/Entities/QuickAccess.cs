using System.Text.Json;
using AgentSessions.Gateway.Users;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Gateway.Stagent.Entities;

/// <summary>Finds what an answer speaks of: first what its tools found, then names that occur in its text.</summary>
internal sealed class QuickAccess(IEnumerable<IEntitySource> sources)
{
    private const int MinNameLength = 3;
    private const int MaxNames = 200;
    private const int MaxItems = 20;

    private static readonly string[] _types = ["project", "task", "workflow", "document", "schedule"];

    public async ValueTask<IReadOnlyList<QuickAccessItem>> CollectAsync(GatewayUser user, IReadOnlyList<UIMessage> answer, CancellationToken cancellationToken)
    {
        var items = new List<QuickAccessItem>();
        foreach (ToolPart call in answer.SelectMany(static message => message.Tools))
        {
            if (call is { State: ToolPartState.OutputAvailable, Output: { } output })
            {
                Collect(output, items);
            }
        }

        string text = string.Concat(answer.Select(static message => message.Text));
        foreach (IEntitySource source in sources.Where(source => text.Length >= MinNameLength && _types.Contains(source.EntityType)))
        {
            foreach (ChatEntity entity in await source.SearchAsync(user, "", MaxNames, cancellationToken))
            {
                if (entity.Label.Length >= MinNameLength && text.Contains(entity.Label, StringComparison.OrdinalIgnoreCase))
                {
                    items.Add(new QuickAccessItem(source.EntityType, entity.Id, entity.Label, entity.Href ?? HrefOf(source.EntityType, entity.Id)));
                }
            }
        }

        return [.. items.DistinctBy(static item => item.EntityId).Take(MaxItems)];
    }

    private static void Collect(JsonElement value, List<QuickAccessItem> items)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in value.EnumerateArray())
            {
                Collect(item, items);
            }
        }
        else if (value.ValueKind == JsonValueKind.Object)
        {
            if (Text(value, "entityType") is { } type && _types.Contains(type) && Text(value, "entityId") is { } id && Text(value, "label") is { } label)
            {
                items.Add(new QuickAccessItem(type, id, label, Text(value, "href") ?? HrefOf(type, id)));
                return;
            }

            foreach (JsonProperty property in value.EnumerateObject())
            {
                Collect(property.Value, items);
            }
        }
    }

    private static string HrefOf(string type, string id) => $"/{type}s/{Uri.EscapeDataString(id)}";

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>Something of the application that an answer speaks of.</summary>
/// <param name="EntityType">Such as <c>project</c>.</param>
/// <param name="EntityId">Its id.</param>
/// <param name="Label">Its name.</param>
/// <param name="Href">A path within the application.</param>
internal sealed record QuickAccessItem(string EntityType, string EntityId, string Label, string Href);
