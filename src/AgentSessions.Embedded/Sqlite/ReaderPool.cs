using System.Collections.Concurrent;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>Connections for reading, opened as they are needed up to a number; beyond it callers wait for each other.</summary>
/// <param name="path">The database.</param>
/// <param name="longReads">How many reads that may take long, such as lists, run at once. Others never wait for them.</param>
internal sealed class ReaderPool(string path, int longReads) : IDisposable
{
    /// <summary>Connections that are left when all long reads run.</summary>
    private const int ForShortReads = 2;

    private readonly ConcurrentStack<SqliteDatabase> _free = new();
    private readonly SemaphoreSlim _permits = new(longReads + ForShortReads);
    private readonly SemaphoreSlim _longPermits = new(longReads);

    /// <summary>For a read of a few rows.</summary>
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

    /// <summary>For a read whose length depends on how much is stored.</summary>
    public Lease RentForLong()
    {
        _longPermits.Wait();
        try
        {
            return Rent() with { IsLong = true };
        }
        catch
        {
            _longPermits.Release();
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
        _longPermits.Dispose();
    }

    /// <summary>A connection until it is disposed. What was read from it has to be copied by then.</summary>
    public readonly record struct Lease(ReaderPool Pool, SqliteDatabase Database) : IDisposable
    {
        /// <summary>Whether it was rented for a long read.</summary>
        public bool IsLong { get; init; }

        public void Dispose()
        {
            Pool._free.Push(Database);
            Pool._permits.Release();
            if (IsLong)
            {
                Pool._longPermits.Release();
            }
        }
    }
}
