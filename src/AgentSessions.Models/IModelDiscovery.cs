namespace AgentSessions.Models;

/// <summary>Finds out which models there are: the configured ones, and those that their providers list beside them.</summary>
public interface IModelDiscovery
{
    /// <summary>
    /// The configured models first. What only a provider lists has the provider's id as its name, and no client of its own. A provider that
    /// cannot be asked (unreachable, refusing, silent for 10 s) is logged and lists nothing; at most 200 models of each are listed.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<ModelInfo>> DiscoverAsync(CancellationToken cancellationToken);
}
