namespace AgentSessions.Core.Storage;

/// <summary>Copies a store while it works. A store that has tools of its own for that does not register one.</summary>
public interface IStoreBackup
{
    /// <summary>Writes a copy that holds every commit acknowledged before the call, and perhaps some that came meanwhile.</summary>
    /// <exception cref="StoreUnavailableException">It could not be written; nothing is left of it.</exception>
    Task<StoreBackup> WriteAsync(CancellationToken cancellationToken);
}

/// <summary>A copy of a store.</summary>
/// <param name="Name">The copy's name among the store's backups.</param>
/// <param name="Bytes">How large it is.</param>
public sealed record StoreBackup(string Name, long Bytes);
