using System.Collections.Concurrent;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>Connections for reading, opened as they are needed up to a number; beyond it callers wait for each other.</summary>
internal sealed class ReaderPool(string path, int size) : IDisposable
{
    private readonly ConcurrentStack<SqliteDatabase> _free = new();
    private readonly SemaphoreSlim _permits = new(size);

    public Lease Rent()
    {
        _permits.Wait();
        try
        {
            return new Lease(this, _free.TryPop(out SqliteDatabase? database) ? database : SqliteDatabase.Open(path, isWriter: false));
        }
        catch
        {
            _permits.Release();
            throw;
        }
    }

    public void Dispose()
    {
        while (_free.TryPop(out SqliteDatabase? database))
        {
            database.Dispose();
        }

        _permits.Dispose();
    }

    /// <summary>A connection until it is disposed. What was read from it has to be copied by then.</summary>
    public readonly struct Lease(ReaderPool pool, SqliteDatabase database) : IDisposable
    {
        public SqliteDatabase Database => database;

        public void Dispose()
        {
            pool._free.Push(database);
            pool._permits.Release();
        }
    }
}
