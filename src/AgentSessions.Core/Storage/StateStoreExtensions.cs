using System.Runtime.CompilerServices;

namespace AgentSessions.Core.Storage;

/// <summary>Reads of a state store that need more than one call.</summary>
public static class StateStoreExtensions
{
    /// <summary>Every value of a space whose name starts with a prefix, in ordinal order of the names; what is read may be removed meanwhile.</summary>
    /// <param name="state">The store.</param>
    /// <param name="environment">The environment.</param>
    /// <param name="space">The space.</param>
    /// <param name="prefix">Only names that start with this.</param>
    /// <param name="pageSize">How many are read at once. Default 500.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async IAsyncEnumerable<StateEntry> ReadAllAsync(
        this IStateStore state, string environment, string space, string prefix, int pageSize = 500, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string? after = null;
        IReadOnlyList<StateEntry> page;
        do
        {
            page = await state.ListAsync(environment, space, prefix, after, pageSize, cancellationToken);
            foreach (StateEntry entry in page)
            {
                after = entry.Key.Name;
                yield return entry;
            }
        }
        while (page.Count == pageSize);
    }
}
