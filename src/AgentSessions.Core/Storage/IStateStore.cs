using AgentSessions.Core.Sessions;

namespace AgentSessions.Core.Storage;

/// <summary>Small named values with versions, beside the sessions in the same store: rules, budgets, journals, documents.</summary>
public interface IStateStore
{
    /// <summary>Reads a value, or null.</summary>
    ValueTask<StateEntry?> GetAsync(StateKey key, CancellationToken cancellationToken);

    /// <summary>Puts or removes a value if its version is the expected one; durable when it returns.</summary>
    /// <param name="put">What to put.</param>
    /// <param name="expectedVersion">0: there must be none. Null: not asked.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The new version (of a removal the old one), or null if another writer won.</returns>
    ValueTask<long?> PutAsync(StatePut put, long? expectedVersion, CancellationToken cancellationToken);

    /// <summary>Values of one space in ordinal order of their names.</summary>
    /// <param name="environment">The environment.</param>
    /// <param name="space">The space.</param>
    /// <param name="prefix">Only names that start with this.</param>
    /// <param name="after">Only names after this one; null from the start.</param>
    /// <param name="limit">At most this many.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<StateEntry>> ListAsync(
        string environment, string space, string prefix, string? after, int limit, CancellationToken cancellationToken);
}

/// <summary>Names a value.</summary>
/// <param name="Environment">The environment.</param>
/// <param name="Space">What kind of value, such as <c>rules</c>.</param>
/// <param name="Name">Its name in the space.</param>
public readonly record struct StateKey(string Environment, string Space, string Name);

/// <summary>A value to put, or to remove.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Value">At most 32 MiB; null removes.</param>
/// <param name="Owner">The session it is deleted with; null for none.</param>
public sealed record StatePut(StateKey Key, ReadOnlyMemory<byte>? Value, SessionKey? Owner = null)
{
    /// <summary>
    /// Whether there cannot be a value under this name, since it holds a number that is given out once, such as the sequence of a record of the same commit.
    /// A store then need not look. Default: false.
    /// </summary>
    public bool IsNew { get; init; }
}

/// <summary>A stored value.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Value">The bytes.</param>
/// <param name="Version">1 or more.</param>
/// <param name="Owner">The session it is deleted with, or null.</param>
public sealed record StateEntry(StateKey Key, ReadOnlyMemory<byte> Value, long Version, SessionKey? Owner);
