using AgentSessions.Embedded.Files;
using AgentSessions.Embedded.Journal;
using AgentSessions.Embedded.Sqlite;

namespace AgentSessions.Embedded.Backups;

/// <summary>Writes a copy of the store's files next to nothing else. Runs where checkpoints do, so none moves anything meanwhile.</summary>
/// <remarks>The database is copied as SQLite sees it at one moment, then the journal from where that database ends. Under another name until it is whole.</remarks>
internal static class StoreCopy
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <param name="database">The database, between two transactions.</param>
    /// <param name="journal">The journal.</param>
    /// <param name="databaseName">The database's file name.</param>
    /// <param name="target">The directory to make.</param>
    /// <returns>How large it is, in bytes.</returns>
    /// <exception cref="IOException">It could not be written; nothing is left of it.</exception>
    public static long Write(SqliteDatabase database, JournalLog journal, string databaseName, string target)
    {
        string parent = Path.GetDirectoryName(target)!;
        string part = target + ".part";
        MakeDirectory(parent);
        MakeDirectory(part);
        try
        {
            string file = Path.Combine(part, databaseName);
            using (SqliteStatement vacuum = database.Once("VACUUM INTO ?"))
            {
                vacuum.Bind(file).Run();
            }

            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(file, OwnerOnly);
            }

            using (DataFile written = DataFile.Open(file, probe: null))
            {
                written.Flush();
            }

            JournalPosition from = (JournalRow.Read(database) ?? throw new InvalidOperationException("The database does not know its journal.")).Checkpoint;
            long bytes = new FileInfo(file).Length + JournalCopy.Write(journal, from, part);
            NativeSync.FlushDirectory(part);
            Directory.Move(part, target);
            NativeSync.FlushDirectory(parent);
            return bytes;
        }
        catch
        {
            Directory.Delete(part, recursive: true);
            throw;
        }
    }

    private static void MakeDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        }
    }
}
