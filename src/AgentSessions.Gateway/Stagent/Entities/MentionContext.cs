using System.Text;
using AgentSessions.Gateway.Users;

namespace AgentSessions.Gateway.Stagent.Entities;

/// <summary>What an agent is told of the things a message mentions. What is not there any more is left out.</summary>
internal sealed class MentionContext(IEnumerable<IEntitySource> sources)
{
    /// <summary>About 8,000 tokens of 4 characters.</summary>
    private const int MaxLength = 32_000;

    /// <summary>The section; null when there is nothing to tell.</summary>
    public async ValueTask<string?> DescribeAsync(GatewayUser user, IReadOnlyList<EntityReference> mentioned, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        foreach (EntityReference mention in mentioned.Distinct())
        {
            if (await FindAsync(user, mention, cancellationToken) is not { } entity)
            {
                continue;
            }

            text.AppendLine($"## {mention.EntityType}: {entity.Label} (id {entity.Id})");
            text.AppendLine(entity.Details ?? $"Status: {entity.Status ?? "unknown"}\n{entity.Description}");
            if (text.Length >= MaxLength)
            {
                text.Length = MaxLength;
                break;
            }
        }

        return text.Length > 0 ? $"The user's message mentions the following.\n{text}" : null;
    }

    private async ValueTask<ChatEntity?> FindAsync(GatewayUser user, EntityReference mention, CancellationToken cancellationToken)
    {
        foreach (IEntitySource source in sources.Where(source => source.EntityType == mention.EntityType))
        {
            if (await source.FindAsync(user, mention.EntityId, cancellationToken) is { } entity)
            {
                return entity;
            }
        }

        return null;
    }
}
