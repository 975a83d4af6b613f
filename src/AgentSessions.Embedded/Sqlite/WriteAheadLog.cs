using System.Buffers.Binary;
using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Files;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>Moves SQLite's write-ahead log into the database file. SQLite is told not to do it by itself.</summary>
/// <remarks>
/// With whatever descriptor of a file is closed, POSIX takes the locks of the whole process from it, SQLite's among them; another program that
/// opens the database would then take itself for the only one, and remove the log when it leaves. So the file stays open until this is
/// disposed, after all connections.
/// </remarks>
/// <param name="database">The connection that writes.</param>
/// <param name="path">The database file.</param>
/// <param name="maxBytes">From this length on the log is moved after a flush: a page that several flushes changed is then moved once.</param>
internal sealed class WriteAheadLog(SqliteDatabase database, string path, long maxBytes) : IDisposable
{
    private const int HeaderSize = 32;
    private const int FrameHeaderSize = 24;

    private readonly int _pageSize = database.PageSize;
    private readonly DataFile _file = DataFile.Open(path, probe: null);

    /// <summary>Moves the log if it has grown long. Its file stays as it is and is written again from its beginning: new room costs more than old.</summary>
    /// <exception cref="StoreUnavailableException">A reader was in the way for too long, or the disk failed.</exception>
    public void MoveIfLong()
    {
        if (database.PagesWritten * (FrameHeaderSize + _pageSize) >= maxBytes)
        {
            Move("RESTART");
        }
    }

    /// <summary>Moves the log, so that its file is empty and no page that was in it holds what was deleted.</summary>
    /// <exception cref="StoreUnavailableException">A reader was in the way for too long, or the disk failed.</exception>
    public void Move() => Move("TRUNCATE");

    /// <remarks>
    /// The log is ended last: if the process ends before, the log still says which pages are to be erased, and the next start does it.
    /// </remarks>
    private void Move(string end)
    {
        HashSet<uint> pages = ReadPages();
        Checkpoint("FULL");
        if (pages.Count > 0)
        {
            try
            {
                PageGaps.Erase(_file, _pageSize, pages);

                // SQLite's cache still has the pages as they were, and would write the gaps again with the next change.
                database.Execute("PRAGMA shrink_memory");
            }
            catch (IOException exception)
            {
                throw exception.AsUnavailable();
            }
        }

        Checkpoint(end);
        database.ForgetPagesWritten();
    }

    public void Dispose() => _file.Dispose();

    private string LogPath => path + "-wal";

    private void Checkpoint(string mode)
    {
        using SqliteStatement statement = database.Use($"PRAGMA wal_checkpoint({mode})");
        if (statement.Step() && statement.Number(0) != 0)
        {
            throw new StoreUnavailableException("The database's write-ahead log could not be moved: a reader is in the way.");
        }
    }

    /// <summary>The pages that the log has, and perhaps some that earlier uses of its file had.</summary>
    private HashSet<uint> ReadPages()
    {
        var pages = new HashSet<uint>();
        if (!File.Exists(LogPath))
        {
            return pages;
        }

        using var log = DataFile.Open(LogPath, probe: null);
        byte[] number = new byte[sizeof(uint)];
        for (long offset = HeaderSize; log.Read(number, offset) == number.Length; offset += FrameHeaderSize + _pageSize)
        {
            if (BinaryPrimitives.ReadUInt32BigEndian(number) is > 0 and var page)
            {
                pages.Add(page);
            }
        }

        return pages;
    }
}
