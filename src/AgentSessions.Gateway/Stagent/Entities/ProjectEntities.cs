using AgentSessions.Gateway.Stagent.Projects;
using AgentSessions.Gateway.Stagent.Settings;
using AgentSessions.Gateway.Users;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Stagent.Entities;

/// <summary>The configured projects.</summary>
internal sealed class ProjectEntities(IOptions<StagentOptions> options, ProjectScans scans) : IEntitySource
{
    public string EntityType => "project";

    public ValueTask<IReadOnlyList<ChatEntity>> SearchAsync(GatewayUser user, string text, int limit, CancellationToken cancellationToken)
    {
        IReadOnlyList<ChatEntity> found =
        [
            .. options.Value.Projects.OrderBy(static project => project.Key, StringComparer.Ordinal)
                .Select(static project => Of(project.Key, project.Value, details: null))
                .Where(project => project.Label.Contains(text, StringComparison.OrdinalIgnoreCase)).Take(limit),
        ];
        return new(found);
    }

    public ValueTask<ChatEntity?> FindAsync(GatewayUser user, string id, CancellationToken cancellationToken) =>
        new(options.Value.Projects.TryGetValue(id, out ProjectOptions? project) ? Of(id, project, $"{scans.Describe(id)}{project.Description}") : null);

    private static ChatEntity Of(string id, ProjectOptions project, string? details) => new(id, project.Name ?? id)
    {
        Status = "active",
        Description = project.Description,
        Href = $"/projects/{Uri.EscapeDataString(id)}",
        Details = details,
    };
}
