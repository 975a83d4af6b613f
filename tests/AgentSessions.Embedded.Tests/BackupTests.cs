using System.Collections.Concurrent;
using AgentSessions.Conformance;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;
using AgentSessions.TestServer;

namespace AgentSessions.Embedded.Tests;

/// <summary>A copy that is taken while writers are at work opens as a sound store and has what was acknowledged before it began.</summary>
public sealed class BackupTests : IDisposable
{
    private const int Writers = 4;
    private const int Copies = 12;

    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Copy_WhileCommitsGoOn_HoldsEverythingAcknowledgedBefore()
    {
        string data = Path.Combine(_directory.Path, "data");
        var tails = new ConcurrentDictionary<SessionKey, long>();
        var acknowledged = new List<Dictionary<SessionKey, long>>();
        await using (EmbeddedSessionStore store = await TestStore.OpenAsync(data, TestStore.Tiny))
        {
            using var leave = new CancellationTokenSource();
            Task[] writers = [.. Enumerable.Range(0, Writers).Select(i => Task.Run(() => WriteAsync(store, new SessionKey("env", $"chat{i}"), tails, leave.Token)))];
            for (int i = 0; i < Copies; i++)
            {
                await GrowAsync(tails, writers);
                acknowledged.Add(new Dictionary<SessionKey, long>(tails));
                Assert.True(await store.CopyAsync(CopyPath(i)) > 0);
            }

            await GrowAsync(tails, writers);
            await leave.CancelAsync();
            await Task.WhenAll(writers);
        }

        for (int i = 0; i < Copies; i++)
        {
            await using EmbeddedSessionStore copy = await TestStore.OpenAsync(CopyPath(i));
            foreach ((SessionKey session, long tail) in acknowledged[i])
            {
                long found = 0;
                while (await copy.ReadAsync(StreamId.Out(session), new Cursor(found), 64 << 10, default) is { } batch)
                {
                    Assert.Equal(found, batch.First.Value);
                    found = batch.Tail.Value;
                }

                Assert.InRange(found, tail, tails[session]);
            }
        }
    }

    [Fact]
    public async Task Copy_ThatCannotBeWritten_LeavesNothing_AndTheStoreGoesOn()
    {
        string data = Path.Combine(_directory.Path, "data");
        await using EmbeddedSessionStore store = await TestStore.OpenAsync(data);
        string blocked = Path.Combine(_directory.Path, "a-file");
        File.WriteAllText(blocked, "");

        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.CopyAsync(Path.Combine(blocked, "copy")));

        SessionRow row = Sample.Row(new SessionKey("env", "chat"));
        Assert.Equal(CommitOutcome.Committed, await store.CommitAsync(Sample.Creation(row), default));
        await store.CheckpointAsync();
    }

    private string CopyPath(int number) => Path.Combine(_directory.Path, "backups", $"copy{number}");

    private static async Task WriteAsync(EmbeddedSessionStore store, SessionKey session, ConcurrentDictionary<SessionKey, long> tails, CancellationToken leave)
    {
        await store.CommitAsync(Sample.Creation(Sample.Row(session)), default);
        for (long tail = 0; !leave.IsCancellationRequested; tail += 5)
        {
            var commit = new SessionCommit { Session = session, Appends = [new(StreamId.Out(session), Sample.Batch(tail, 5, new string('x', 500)))] };
            Assert.Equal(CommitOutcome.Committed, await store.CommitAsync(commit, default));
            tails[session] = tail + 5;
        }
    }

    /// <summary>Waits until every writer has gone on by some commits.</summary>
    private static async Task GrowAsync(ConcurrentDictionary<SessionKey, long> tails, Task[] writers)
    {
        var before = new Dictionary<SessionKey, long>(tails);
        await Eventually.TrueAsync(
            () =>
            {
                Assert.DoesNotContain(writers, static writer => writer.IsFaulted);
                return Task.FromResult(tails.Count == Writers && tails.All(tail => tail.Value >= before.GetValueOrDefault(tail.Key) + 15));
            },
            "commits of every writer");
    }
}
