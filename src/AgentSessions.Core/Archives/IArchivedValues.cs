using AgentSessions.Core.Sessions;

namespace AgentSessions.Core.Archives;

/// <summary>Says which values beside a session belong into its archive. Each part of the product that keeps some registers one.</summary>
/// <remarks>Names of values must hold no environment, because a session may be imported into another one.</remarks>
public interface IArchivedValues
{
    /// <summary>The values that go along with a session.</summary>
    IAsyncEnumerable<ArchivedValue> ListAsync(SessionRow session, CancellationToken cancellationToken);

    /// <summary>Whether an archive of a session may bring a value: only names that <see cref="ListAsync"/> could have listed, and bytes that can be read.</summary>
    /// <param name="session">The session of the archive.</param>
    /// <param name="space">The value's space.</param>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its bytes, which anybody may have written.</param>
    bool Takes(SessionRow session, string space, string name, ReadOnlySpan<byte> value);
}

/// <summary>A value that goes along with a session.</summary>
/// <param name="Space">Its space.</param>
/// <param name="Name">Its name.</param>
/// <param name="OnlyWith">It goes along only if this text stands somewhere in the session; null for always.</param>
public sealed record ArchivedValue(string Space, string Name, string? OnlyWith = null);
