using AgentSessions.Embedded.Sqlite;

namespace AgentSessions.Embedded.Tests;

public sealed class WriteAheadLogTests : IDisposable
{
    private const long MaxBytes = 256 << 10;

    private readonly TestDirectory _directory = new();
    private readonly string _path;
    private readonly SqliteDatabase _database;
    private readonly WriteAheadLog _log;
    private int _rows;

    public WriteAheadLogTests()
    {
        Directory.CreateDirectory(_directory.Path);
        _path = Path.Combine(_directory.Path, "sessions.db");
        _database = SqliteDatabase.Open(_path, isWriter: true);
        _log = new WriteAheadLog(_database, _path, MaxBytes);
        _database.Execute("CREATE TABLE rows (body BLOB)");
        _log.Move();
    }

    public void Dispose()
    {
        _database.Dispose();
        _log.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void MoveIfLong_MovesALongLog_AndItsFileIsWrittenAgain()
    {
        WriteUntilLong();
        long length = LogLength;
        _log.MoveIfLong();

        Assert.Equal(length, LogLength);
        Assert.Equal(_rows, RowsWithoutLog());

        Write();
        _log.MoveIfLong();
        Assert.Equal(length, LogLength);
        Assert.Equal(_rows - 1, RowsWithoutLog());
        Assert.Equal(_rows, _database.Scalar("SELECT count(*) FROM rows"));
    }

    [Fact]
    public void MoveIfLong_CountsFromTheLastMove()
    {
        for (int round = 0; round < 3; round++)
        {
            WriteUntilLong();
            Assert.NotEqual(_rows, RowsWithoutLog());
            _log.MoveIfLong();
            Assert.Equal(_rows, RowsWithoutLog());
        }
    }

    [Fact]
    public void Move_EmptiesTheFile()
    {
        WriteUntilLong();
        _log.MoveIfLong();
        Write();
        _log.Move();

        Assert.Equal(0, LogLength);
        Assert.Equal(_rows, RowsWithoutLog());
    }

    [Fact]
    public void Open_OfALogThatIsPartlyFromBefore_HasTheNewRowsOnly()
    {
        WriteUntilLong();
        _log.MoveIfLong();
        Write();
        string copy = Path.Combine(_directory.Path, "copy.db");
        File.Copy(_path, copy);
        File.Copy(_path + "-wal", copy + "-wal");

        using var database = SqliteDatabase.Open(copy, isWriter: true);
        database.CheckIntegrity();
        Assert.Equal(_rows, database.Scalar("SELECT count(*) FROM rows"));
    }

    private long LogLength => new FileInfo(_path + "-wal").Length;

    private void WriteUntilLong()
    {
        for (long begun = _database.PagesWritten; (_database.PagesWritten - begun) * _database.PageSize < MaxBytes;)
        {
            Write();
        }
    }

    private void Write()
    {
        _database.Execute("INSERT INTO rows VALUES (randomblob(10000))");
        _rows++;
    }

    /// <summary>What the database file has by itself.</summary>
    private long RowsWithoutLog()
    {
        string copy = Path.Combine(_directory.Path, Guid.NewGuid().ToString("n"));
        File.Copy(_path, copy);
        using var database = SqliteDatabase.Open(copy, isWriter: true);
        return database.Scalar("SELECT count(*) FROM rows");
    }
}
