using AgentSessions.Conformance;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Embedded.Sqlite;
using AgentSessions.TestServer;

namespace AgentSessions.Embedded.Tests;

/// <summary>A flipped bit or a missing end is noticed, at the start or when it is read, and never served as something else.</summary>
public sealed class DamageTests : IDisposable
{
    private const int Copies = 200;

    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task AFlippedBit_IsNoticedOrHarmless(bool isClosed) => DamageAsync(isClosed, static (random, bytes) =>
    {
        bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        return bytes;
    });

    [Fact]
    public Task ATruncatedFile_IsNoticedOrHarmless() => DamageAsync(isClosed: false, static (random, bytes) => bytes[..random.Next(bytes.Length)]);

    /// <summary>Damages copies of a store; too few in which it is noticed mean that nothing was harmed.</summary>
    private async Task DamageAsync(bool isClosed, Func<Random, byte[], byte[]> damage)
    {
        string whole = await FillAsync(isClosed);
        int noticed = 0;
        for (int seed = 0; seed < Copies; seed++)
        {
            noticed += await TryAsync(whole, seed, damage) ? 1 : 0;
        }

        Assert.InRange(noticed, Copies / 20, Copies);
    }

    /// <returns>Whether the damage was noticed.</returns>
    private async Task<bool> TryAsync(string whole, int seed, Func<Random, byte[], byte[]> damage)
    {
        using var copy = new TestDirectory();
        StoreFiles.Copy(_directory.Path, copy.Path);
        var random = new Random(seed);
        string[] files = [.. Directory.GetFiles(copy.Path).Where(path => new FileInfo(path).Length > 0 && !path.EndsWith("-shm", StringComparison.Ordinal)).Order()];
        string file = files[random.Next(files.Length)];
        File.WriteAllBytes(file, damage(random, File.ReadAllBytes(file)));
        try
        {
            await using EmbeddedSessionStore store = await TestStore.OpenAsync(copy.Path);
            string found = await DescribeAsync(store);
            Assert.True(found == whole, $"Seed {seed}: {Path.GetFileName(file)} was damaged, and the store says nothing and something else.");
            return false;
        }
        catch (Exception exception) when (exception is StoreDamagedException or StoreVersionException)
        {
            return true;
        }
    }

    /// <summary>A store with something in every table and in the journal, and what it answers.</summary>
    private async Task<string> FillAsync(bool isClosed)
    {
        using var work = new TestDirectory();
        EmbeddedSessionStore store = await TestStore.OpenAsync(work.Path, Options);
        for (int i = 0; i < 60; i++)
        {
            SessionKey session = KeyOf(i);
            SessionRow row = Sample.Row(session) with { Tags = ["tag"], Metadata = """{"userId":"u"}""", HasLiveRun = i % 2 == 0 };
            await store.CommitAsync(Sample.Creation(row) with
            {
                Appends = [new(StreamId.In(session), Sample.Batch(0, 3)), new(StreamId.Out(session), Sample.Batch(0, 20, new string('x', i)))],
                Transcript = new() { Puts = [Sample.Message("m1"), Sample.Message("m2")], State = "{}", SavedAt = i },
                Runs = [Sample.Run(session, $"run_{i}", 1)],
                States = [new(new StateKey("env", "space", $"s{i:D2}"), new byte[] { 1, 2, 3 }, session)],
            }, default);
            if (i == 40)
            {
                await store.CheckpointAsync();
            }
        }

        string whole = await DescribeAsync(store);
        await store.SettleAsync();

        // The seal behind the last group is written a moment after it.
        await WaitForSealAsync(store);
        if (isClosed)
        {
            await store.DisposeAsync();
            StoreFiles.Copy(work.Path, _directory.Path);
        }
        else
        {
            StoreFiles.Copy(work.Path, _directory.Path);
            await store.DisposeAsync();
        }

        return whole;
    }

    private static EmbeddedStoreOptions Options
    {
        get
        {
            EmbeddedStoreOptions options = TestStore.Quiet;
            options.SegmentBytes = 64 << 10;
            return options;
        }
    }

    private static Task WaitForSealAsync(EmbeddedSessionStore store) =>
        Eventually.TrueAsync(() => Task.FromResult(store.IsSealed), "the store's seal");

    private static SessionKey KeyOf(int i) => new("env", $"chat{i:D2}");

    private static async Task<string> DescribeAsync(EmbeddedSessionStore store)
    {
        var text = new System.Text.StringBuilder();
        for (int i = 0; i < 60; i++)
        {
            text.AppendLine(await RandomHistory.DescribeAsync(KeyOf(i), store));
        }

        var query = new SessionQuery { Environment = "env", Now = Sample.Time, Agents = ["echo"], Tags = ["tag"], UserId = "u", Limit = 100 };
        text.AppendLine(string.Join(' ', (await store.ListAsync(query, default)).Rows.Select(row => row.Id)));
        text.AppendLine(string.Join(' ', await store.ListLiveAsync(null, 100, default)));
        text.AppendLine(string.Join(' ', (await store.ListAsync("env", "space", "s", null, 100, default)).Select(state => state.Key.Name)));
        for (int i = 0; i < 60; i++)
        {
            text.AppendLine($"{(await store.FindRunAsync("env", $"run_{i}", default))?.Number}");
        }

        return text.ToString();
    }
}
