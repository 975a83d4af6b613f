using AgentSessions.Embedded.Checkpoints;
using AgentSessions.Embedded.Files;
using AgentSessions.Embedded.Journal;
using AgentSessions.Embedded.Sqlite;

namespace AgentSessions.Embedded.Backups;

/// <summary>Writes a copy of the store's files next to nothing else, while the store works. Under another name until it is whole.</summary>
/// <remarks>
/// The database is copied in small rounds, between two checkpoints each, so that nothing waits for longer than a round. In the last one the copy
/// becomes the database of that moment, and the journal from where that database ends is copied before anything moves it.
/// </remarks>
/// <param name="checkpointer">Whose thread the rounds run on.</param>
/// <param name="database">Its connection.</param>
/// <param name="journal">The journal.</param>
/// <param name="databaseName">The database's file name.</param>
/// <param name="probe">Told of what happens to the database's copy; null for none.</param>
internal sealed class StoreCopy(Checkpointer checkpointer, SqliteDatabase database, JournalLog journal, string databaseName, DiskProbe? probe)
{
    /// <summary>4 MiB: some ten milliseconds of a thread that lists, deletions and pages of transcripts wait for.</summary>
    private const int PagesPerRound = 1024;

    /// <summary>What the name ends in until the copy is whole.</summary>
    public const string Unfinished = ".part";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <param name="target">The directory to make.</param>
    /// <param name="cancellationToken">Gives it up between two rounds.</param>
    /// <returns>How large it is, in bytes.</returns>
    /// <exception cref="IOException">It could not be written; nothing is left of it.</exception>
    public async Task<long> WriteAsync(string target, CancellationToken cancellationToken)
    {
        string parent = Path.GetDirectoryName(target)!;
        string part = target + Unfinished;
        MakeDirectory(parent);
        MakeDirectory(part);
        try
        {
            long bytes = await WriteFilesAsync(part, cancellationToken);
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

    private async Task<long> WriteFilesAsync(string directory, CancellationToken cancellationToken)
    {
        using var file = DataFile.Create(Path.Combine(directory, databaseName), size: 0, probe);
        DatabaseCopy? copy = null;
        long journalBytes = 0;
        try
        {
            for (bool isWhole = false; !isWhole;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await checkpointer.BetweenAsync(() =>
                {
                    copy ??= database.BeginCopy(file.Path);
                    isWhole = copy.Step(PagesPerRound);
                    if (isWhole)
                    {
                        journalBytes = JournalCopy.Write(journal, Checkpoint, directory);
                    }
                });

                // Before the next round: the disk is left to commits in between, and is not given many GiB at the end.
                file.Flush();
            }
        }
        finally
        {
            await checkpointer.BetweenAsync(() => copy?.Dispose());
        }

        // Those of the store are erased as its log is moved; who starts a server with the copy expects the same of it.
        PageGaps.EraseAll(file, database.PageSize);
        return file.Length + journalBytes;
    }

    private JournalPosition Checkpoint =>
        (JournalRow.Read(database) ?? throw new InvalidOperationException("The database does not know its journal.")).Checkpoint;

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
