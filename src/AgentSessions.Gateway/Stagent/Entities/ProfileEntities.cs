using AgentSessions.Core.Runs;
using AgentSessions.Gateway.Stagent.Settings;
using AgentSessions.Gateway.Users;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Stagent.Entities;

/// <summary>The registered agents.</summary>
internal sealed class ProfileEntities(IOptions<StagentOptions> options, IAgentCatalog? agents = null) : IEntitySource
{
    public string EntityType => "profile";

    public ValueTask<IReadOnlyList<ChatEntity>> SearchAsync(GatewayUser user, string text, int limit, CancellationToken cancellationToken)
    {
        IReadOnlyList<ChatEntity> found =
        [
            .. (agents?.Names ?? []).Select(Of).Where(agent => Matches(agent.Id, text) || Matches(agent.Label, text) || Matches(agent.Description!, text)).Take(limit),
        ];
        return new(found);
    }

    public ValueTask<ChatEntity?> FindAsync(GatewayUser user, string id, CancellationToken cancellationToken) =>
        new(agents?.Find(id) is null ? null : Of(id));

    private ChatEntity Of(string name) => new(name, options.Value.AgentModels.GetValueOrDefault(name)?.Label ?? name)
    {
        Status = "agent",
        Description = $"Agent {name}",
        Details = $"An agent of this server, registered as {name}{(agents?.Find(name)?.Version is { } version ? $", version {version}" : "")}.",
    };

    private static bool Matches(string name, string text) => name.Contains(text, StringComparison.OrdinalIgnoreCase);
}
