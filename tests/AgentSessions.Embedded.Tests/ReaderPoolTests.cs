using AgentSessions.Embedded.Sqlite;

namespace AgentSessions.Embedded.Tests;

public sealed class ReaderPoolTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Rent_WhileLongReadsHaveAllTheyMay_DoesNotWait()
    {
        Directory.CreateDirectory(_directory.Path);
        string path = Path.Combine(_directory.Path, "sessions.db");
        using var database = SqliteDatabase.Open(path, isWriter: true);
        using var readers = new ReaderPool(path, longReads: 2);
        using ReaderPool.Lease first = readers.RentForLong();
        ReaderPool.Lease second = readers.RentForLong();
        Task<ReaderPool.Lease> third = Task.Run(readers.RentForLong);

        using (ReaderPool.Lease shortRead = await Task.Run(readers.Rent).WaitAsync(TimeSpan.FromSeconds(30)))
        {
            Assert.Equal(1, shortRead.Database.Scalar("SELECT 1"));
            Assert.False(third.IsCompleted);
        }

        second.Dispose();
        (await third.WaitAsync(TimeSpan.FromSeconds(30))).Dispose();
    }
}
