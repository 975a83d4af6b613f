namespace AgentSessions.Core.Runs;

/// <summary>Which agents this server has.</summary>
public interface IAgentCatalog
{
    /// <summary>Names of all agents, in ordinal order.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>Facts about an agent, or null if there is none of that name.</summary>
    AgentInfo? Find(string name);
}

/// <summary>Facts about a registered agent.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">The version that is deployed here, or null if it has none.</param>
public sealed record AgentInfo(string Name, string? Version)
{
    /// <summary>Whether its conversations are kept in a store of its own, so that the engine has no transcript of them. Default false.</summary>
    public bool HasOwnTranscripts { get; init; }
}
