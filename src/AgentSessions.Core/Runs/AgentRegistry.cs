using AgentSessions.Agents;
using Microsoft.Extensions.Configuration;

namespace AgentSessions.Core.Runs;

/// <summary>All agents of this server, by name.</summary>
internal sealed class AgentRegistry : IAgentCatalog
{
    private readonly SortedDictionary<string, AgentDefinition> _agents = new(StringComparer.Ordinal);

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
                Filters = [.. filters.Where(filter => filter.Agent is null || filter.Agent == registration.Name).Select(static filter => filter.Create)],
            };
            if (!_agents.TryAdd(registration.Name, definition))
            {
                throw new InvalidOperationException($"Two agents are registered under the name '{registration.Name}'.");
            }
        }
    }

    public IReadOnlyCollection<string> Names => _agents.Keys;

    public AgentInfo? Find(string name) => _agents.TryGetValue(name, out AgentDefinition? agent) ? new AgentInfo(name, agent.Options.Version) : null;

    public AgentDefinition? Definition(string name) => _agents.GetValueOrDefault(name);
}
