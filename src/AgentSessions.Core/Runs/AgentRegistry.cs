using AgentSessions.Agents;
using Microsoft.Extensions.Configuration;

namespace AgentSessions.Core.Runs;

/// <summary>All agents of this server, by name.</summary>
internal sealed class AgentRegistry : IAgentCatalog
{
    private readonly SortedDictionary<string, List<AgentDefinition>> _agents = new(StringComparer.Ordinal);

    /// <exception cref="InvalidOperationException">Two agents have one name, or a configured value is unusable; the message names it.</exception>
    public AgentRegistry(
        IEnumerable<AgentRegistration> registrations, IEnumerable<AgentFilterRegistration> filters, IConfiguration? configuration = null)
    {
        foreach (AgentRegistration registration in registrations)
        {
            var options = new AgentOptions();
            if (configuration is not null)
            {
                AgentOptionsConfiguration.Apply(configuration.GetSection($"AgentSessions:Agents:{registration.Name}"), options);
            }

            registration.Configure?.Invoke(options);
            if (options.TranscriptStore is not null && options.LoadContext is not null)
            {
                throw new InvalidOperationException($"Agent '{registration.Name}' has both a transcript store and a LoadContext delegate; use one.");
            }

            var definition = new AgentDefinition(registration.Name, options, registration.Create)
            {
                Loop = registration.Loop,
                Filters = [.. filters.Where(filter => filter.Agent is null || filter.Agent == registration.Name).Select(static filter => filter.Create)],
            };
            if (!_agents.TryGetValue(registration.Name, out List<AgentDefinition>? versions))
            {
                _agents[registration.Name] = versions = [];
            }

            if (versions.Exists(other => other.Options.Version == options.Version))
            {
                throw new InvalidOperationException(options.Version is null
                    ? $"Two agents are registered under the name '{registration.Name}'; give each a version."
                    : $"Two agents are registered under the name '{registration.Name}' with version '{options.Version}'.");
            }

            versions.Add(definition);
        }
    }

    public IReadOnlyCollection<string> Names => _agents.Keys;

    public AgentInfo? Find(string name) => _agents.TryGetValue(name, out List<AgentDefinition>? versions)
        ? new AgentInfo(name, versions[^1].Options.Version) { HasOwnTranscripts = versions.Exists(static agent => agent.Options.TranscriptStore is not null) }
        : null;

    /// <summary>The agent in a version; one that was registered without a version stands for all. Null if there is none.</summary>
    public AgentDefinition? Definition(string name, string? version)
    {
        if (!_agents.TryGetValue(name, out List<AgentDefinition>? versions))
        {
            return null;
        }

        return version is null ? versions[^1] : versions.Find(agent => agent.Options.Version == version) ?? versions.Find(static agent => agent.Options.Version is null);
    }
}
