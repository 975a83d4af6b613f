using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Backups;
using AgentSessions.Embedded.Checkpoints;
using AgentSessions.Embedded.Commits;
using AgentSessions.Embedded.Files;
using AgentSessions.Embedded.Hot;
using AgentSessions.Embedded.Journal;
using AgentSessions.Embedded.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentSessions.Embedded;

/// <summary>The store of one process in one directory: a journal that every change goes to first, and a SQLite database behind it.</summary>
/// <remarks>
/// A change is durable when the journal is flushed, with all changes that were waiting, by one writer thread (<see cref="CommitWriter"/>).
/// What the database lacks is in memory (<see cref="HotStore"/>), records as places in the journal. A second thread
/// (<see cref="Checkpointer"/>) brings it to the database, after which the journal's files are used again. See docs/adr/0002.
/// </remarks>
public sealed partial class EmbeddedSessionStore : ISessionStore, IStateStore
{
    private readonly StoreFiles _files;
    private readonly SqliteDatabase _database;
    private readonly ReaderPool _readers;
    private readonly HotStore _hot;
    private readonly JournalLog _journal;
    private readonly Checkpointer _checkpointer;
    private readonly CommitWriter _writer;
    private readonly DiskProbe? _probe;
    private readonly ILogger _logger;
    private readonly HalfDeletedSessions _halfDeleted = new();

    // Held by a copy, which ends before the store's files are closed.
    private readonly SemaphoreSlim _copying = new(1);
    private readonly CancellationTokenSource _closing = new();
    private volatile bool _isCounting;
    private bool _isClosed;

    private EmbeddedSessionStore(StoreFiles files, EmbeddedStoreOptions options, ILogger logger, DiskProbe? probe)
    {
        _files = files;
        _database = files.Database;
        _readers = files.Readers;
        _hot = files.Hot;
        _journal = files.Journal;
        _probe = probe;
        _logger = logger;
        Durability = options.Durability;
        var settings = new CheckpointSettings(options.SegmentBytes, options.JournalBytes, options.CheckpointAfterIdle);
        _checkpointer = new Checkpointer(_database, files.Log, _journal, _hot, files.OwesErasing, settings, logger);
        _writer = new CommitWriter(_journal, files.LastSession, _checkpointer);
    }

    /// <summary>The version of SQLite in use, such as <c>3.40.1</c>.</summary>
    public static string SqliteVersion => SystemSqlite.Version;

    /// <summary>The directory that holds the store's files.</summary>
    public string Directory => _files.Path;

    /// <summary>When a commit counts as durable.</summary>
    public StoreDurability Durability { get; }

    /// <summary>Opens the store, which is made on first use, and holds its directory until it is disposed.</summary>
    /// <param name="directory">Made if it is missing, for its owner only.</param>
    /// <param name="options">How it works.</param>
    /// <param name="logger">Told of checkpoints that fail and of commits that a loss of power took; null for none.</param>
    /// <param name="cancellationToken">Ends the wait between steps.</param>
    /// <exception cref="StoreInUseException">Another process has it open.</exception>
    /// <exception cref="StoreVersionException">A newer program wrote it.</exception>
    /// <exception cref="StoreDamagedException">What was acknowledged cannot be read. Nothing was changed.</exception>
    /// <exception cref="StoreUnavailableException">There is no room for the files, or the disk refuses them.</exception>
    public static Task<EmbeddedSessionStore> OpenAsync(
        string directory, EmbeddedStoreOptions options, ILogger<EmbeddedSessionStore>? logger, CancellationToken cancellationToken) =>
        OpenAsync(directory, options, logger, probe: null, cancellationToken);

    internal static async Task<EmbeddedSessionStore> OpenAsync(
        string directory, EmbeddedStoreOptions options, ILogger<EmbeddedSessionStore>? logger, DiskProbe? probe,
        CancellationToken cancellationToken)
    {
        ILogger told = (ILogger?)logger ?? NullLogger.Instance;
        EmbeddedSessionStore store = await Task.Run(
            () => new EmbeddedSessionStore(StoreFiles.Open(directory, options, told, probe), options, told, probe), cancellationToken);
        if (store._checkpointer.OwesErasing)
        {
            // The process ended within a deletion that was already told to readers.
            await store._checkpointer.FlushAsync(FlushScope.Purge);
        }

        return store;
    }

    /// <inheritdoc/>
    public ValueTask<CommitOutcome> CommitAsync(SessionCommit commit, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        commit.Validate();
        PendingCommit pending = PendingCommit.Of(commit, _hot);
        ValueTask<CommitOutcome> task = pending.Task;
        _writer.Enqueue(pending);
        return task;
    }

    /// <inheritdoc/>
    public async ValueTask<long?> PutAsync(StatePut put, long? expectedVersion, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var pending = new PendingState(put, expectedVersion, _hot);
        _writer.Enqueue(pending);
        return await pending.Task;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteAsync(SessionKey session, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // A deletion that failed half-way, or runs beside this one, is finished by whoever asks next.
        bool existed = await CommitDeletionAsync(session) || _hot.IsBeingPurged(session);
        existed |= _halfDeleted.Remove(session);
        if (!existed && !_checkpointer.OwesErasing)
        {
            return false;
        }

        try
        {
            await _checkpointer.FlushAsync(FlushScope.Purge);
        }
        catch when (existed)
        {
            _halfDeleted.Add(session);
            throw;
        }

        return existed;
    }

    /// <summary>How many files of the journal count.</summary>
    internal int JournalSegments => _journal.SegmentCount;

    /// <summary>How many sessions are in memory.</summary>
    internal int HotSessions => _hot.Sessions.Count;

    /// <summary>Whether the last group's seal is written.</summary>
    internal bool IsSealed => _writer.IsSealed;

    /// <summary>The first half of a deletion: durable and told to readers, with all bytes still in the files.</summary>
    internal Task<bool> CommitDeletionAsync(SessionKey session)
    {
        var pending = new PendingDeletion(session, _hot);
        _writer.Enqueue(pending);
        return pending.Task;
    }

    /// <summary>Brings everything to the database now.</summary>
    internal Task CheckpointAsync() => _checkpointer.FlushAsync(FlushScope.All);

    /// <summary>Writes a copy of the store into a directory that must not exist, while the store works. It holds every commit acknowledged before the call.</summary>
    /// <param name="target">The directory.</param>
    /// <param name="cancellationToken">Gives it up; nothing is left of it. So does the store's disposal.</param>
    /// <returns>How large it is, in bytes.</returns>
    /// <exception cref="StoreUnavailableException">It could not be written; nothing is left of it.</exception>
    internal async Task<long> CopyAsync(string target, CancellationToken cancellationToken)
    {
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        await _copying.WaitAsync(leave.Token);
        try
        {
            return await new StoreCopy(_checkpointer, _database, _journal, StoreFiles.DatabaseName, _probe).WriteAsync(target, leave.Token);
        }
        catch (OperationCanceledException exception) when (_closing.IsCancellationRequested)
        {
            throw new StoreUnavailableException("The store is being closed.", exception);
        }
        catch (IOException exception)
        {
            throw exception.AsUnavailable();
        }
        finally
        {
            _copying.Release();
        }
    }

    /// <summary>Waits until the checkpointer has done what it was about to do; then the files rest until the next write or idle time.</summary>
    internal Task SettleAsync() => _checkpointer.FlushAsync(FlushScope.None);

    /// <summary>Writes what waits, brings everything to the database, and gives the directory free.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        await _closing.CancelAsync();
        await _copying.WaitAsync();
        _copying.Dispose();
        _closing.Dispose();
        await Task.Run(() =>
        {
            _writer.Dispose();
            _checkpointer.Dispose();
            _files.Dispose();
        });
    }
}
