using System.Globalization;
using AgentSessions.Core.Storage;
using Microsoft.Extensions.Options;

namespace AgentSessions.Embedded;

/// <summary>Backups of the store of files, each a directory named after its time that a server can be started on.</summary>
internal sealed class EmbeddedBackup(EmbeddedSessionStore store, IOptions<EmbeddedStoreOptions> options, TimeProvider time) : IStoreBackup
{
    /// <inheritdoc/>
    public async Task<StoreBackup> WriteAsync(CancellationToken cancellationToken)
    {
        string name = time.GetUtcNow().ToString("'backup-'yyyyMMdd'T'HHmmss'.'fff'Z'", CultureInfo.InvariantCulture);
        string directory = options.Value.BackupDirectory is { Length: > 0 } set ? Path.GetFullPath(set) : Path.Combine(store.Directory, "backups");
        return new StoreBackup(name, await store.CopyAsync(Path.Combine(directory, name), cancellationToken));
    }
}
