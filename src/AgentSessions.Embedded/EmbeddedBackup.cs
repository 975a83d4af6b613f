using System.Globalization;
using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Backups;
using Microsoft.Extensions.Options;

namespace AgentSessions.Embedded;

/// <summary>Backups of the store of files, each a directory named after its time that a server can be started on.</summary>
internal sealed class EmbeddedBackup(EmbeddedSessionStore store, IOptions<EmbeddedStoreOptions> options, TimeProvider time) : IStoreBackup
{
    private const string Prefix = "backup-";

    /// <summary>Removes what a process that was killed left of a backup in its data directory. In another directory it may be that of a server at work.</summary>
    /// <param name="dataDirectory">Nobody else's.</param>
    public static void RemoveUnfinished(string dataDirectory)
    {
        string directory = DefaultDirectory(dataDirectory);
        if (!Directory.Exists(directory))
        {
            return;
        }

        foreach (string part in Directory.GetDirectories(directory, $"{Prefix}*{StoreCopy.Unfinished}"))
        {
            Directory.Delete(part, recursive: true);
        }
    }

    /// <inheritdoc/>
    public async Task<StoreBackup> WriteAsync(CancellationToken cancellationToken)
    {
        string name = time.GetUtcNow().ToString($"'{Prefix}'yyyyMMdd'T'HHmmss'.'fff'Z'", CultureInfo.InvariantCulture);
        string directory = options.Value.BackupDirectory is { Length: > 0 } set ? Path.GetFullPath(set) : DefaultDirectory(store.Directory);
        return new StoreBackup(name, await store.CopyAsync(Path.Combine(directory, name), cancellationToken));
    }

    private static string DefaultDirectory(string dataDirectory) => Path.Combine(dataDirectory, "backups");
}
