using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Entries;
using AgentSessions.Embedded.Files;
using AgentSessions.Embedded.Hot;
using AgentSessions.Embedded.Journal;
using AgentSessions.Embedded.Sqlite;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Embedded;

/// <summary>A store's directory, which this holds, its database and its journal, opened one after the other, and what the database lacked.</summary>
internal sealed class StoreFiles : IDisposable
{
    /// <summary>The database's file.</summary>
    public const string DatabaseName = "sessions.db";

    private readonly DataDirectory _directory;
    private SqliteDatabase? _database;
    private WriteAheadLog? _log;
    private ReaderPool? _readers;
    private HotStore? _hot;
    private JournalLog? _journal;

    private StoreFiles(DataDirectory directory) => _directory = directory;

    /// <summary>The directory.</summary>
    public string Path => _directory.Path;

    /// <summary>The writer's connection.</summary>
    public SqliteDatabase Database => _database!;

    /// <summary>The write-ahead log of <see cref="Database"/>.</summary>
    public WriteAheadLog Log => _log!;

    public ReaderPool Readers => _readers!;

    public HotStore Hot => _hot!;

    public JournalLog Journal => _journal!;

    /// <summary>The greatest session number in use.</summary>
    public long LastSession { get; private set; }

    /// <summary>Whether the last process ended within a deletion that was already told to readers.</summary>
    public bool OwesErasing { get; private set; }

    /// <exception cref="StoreInUseException">Another process has them open.</exception>
    /// <exception cref="StoreVersionException">A newer program wrote them.</exception>
    /// <exception cref="StoreDamagedException">What was acknowledged cannot be read. Nothing was changed.</exception>
    /// <exception cref="StoreUnavailableException">There is no room for them, or the disk refuses them.</exception>
    public static StoreFiles Open(string path, EmbeddedStoreOptions options, ILogger logger, DiskProbe? probe)
    {
        var files = new StoreFiles(DataDirectory.Open(path, probe));
        try
        {
            files.OpenDatabase(options);
            files.OpenJournal(options, logger, probe);
            return files;
        }
        catch (Exception exception)
        {
            files.Dispose();
            if (exception is IOException failure)
            {
                throw failure.AsUnavailable();
            }

            throw;
        }
    }

    /// <summary>Closes them and gives the directory free.</summary>
    public void Dispose()
    {
        _readers?.Dispose();
        _database?.Dispose();
        _log?.Dispose();
        _journal?.Dispose();
        _directory.Dispose();
    }

    private void OpenDatabase(EmbeddedStoreOptions options)
    {
        EmbeddedBackup.RemoveUnfinished(Path);
        string file = _directory.MakeFile(DatabaseName);
        if (new FileInfo(file).Length == 0)
        {
            // Before SQLite sees it, which removes the log of an empty file.
            JournalFiles.RequireNone(Path);
        }

        _database = SqliteDatabase.Open(file, isWriter: true);
        _log = new WriteAheadLog(_database, file, options.JournalBytes / 2);
        _log.Move();
        if (DatabaseSchema.IsMissing(_database))
        {
            JournalFiles.RequireNone(Path);
        }

        DatabaseSchema.Migrate(_database);
        DatabaseSchema.Check(_database);
        if (new FileInfo(file).Length <= options.CheckDatabaseUpToBytes)
        {
            _database.CheckIntegrity();
            SessionRows.CheckColumns(_database);
        }

        _readers = new ReaderPool(file, Math.Max(4, Environment.ProcessorCount));
    }

    private void OpenJournal(EmbeddedStoreOptions options, ILogger logger, DiskProbe? probe)
    {
        _hot = new HotStore(Readers, options.CachedSessions);
        var recovery = new Recovery(Database, _hot);
        var settings = new JournalSettings(
            Path, options.SegmentBytes, (int)(options.JournalBytes / options.SegmentBytes) + 1, options.Durability == StoreDurability.Full, probe);
        JournalRow? row = JournalRow.Read(Database);
        _journal = row is { } known
            ? JournalRecovery.Open(settings, known.Checkpoint, recovery.Apply, logger)
            : CreateJournal(settings);
        LastSession = recovery.LastSession;
        OwesErasing = row is { OwesErasing: true };
    }

    private JournalLog CreateJournal(JournalSettings settings)
    {
        JournalLog journal = JournalRecovery.Create(settings);
        Database.Transact(() => new JournalRow(JournalPosition.Start, OwesErasing: false).Put(Database, new ByteWriter()));
        return journal;
    }
}
