using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Orleans.Tests.Hosting;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using AgentSessions.Testing;

namespace AgentSessions.Orleans.Tests;

/// <summary>Finished records, as another process's sink writes them, while the way to the session's node breaks.</summary>
public sealed class RecordAppendTests : IAsyncLifetime
{
    private static readonly StreamId _out = StreamId.Out(Chat.Key("sink"));

    private TestNodes _nodes = null!;

    public async Task InitializeAsync()
    {
        _nodes = await TestNodes.StartAsync(2);
        await _nodes.Engine(0).OpenAsync("sink");
    }

    public async Task DisposeAsync() => await _nodes.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Append_WhenItsCallIsLost_IsCarriedOutOnce(bool isStored)
    {
        int lost = 0;
        Interrupt(commit =>
        {
            if (Interlocked.Increment(ref lost) > 1)
            {
                return;
            }

            if (isStored)
            {
                Assert.Equal(CommitOutcome.Committed, _nodes.Stored.CommitAsync(commit, CancellationToken.None).Result);
            }

            throw new SiloUnavailableException("on its way");
        });

        RecordBatch appended = await AppendAsync(expectedTail: null);

        Assert.Equal((Cursor.Start, 2), (appended.First, appended.Count));
        Assert.Equal(["one", "two"], await StoredAsync());
    }

    [Fact]
    public async Task Append_WhenItsCallIsLostAndAnotherWriterIsFaster_ComesBehindIt()
    {
        int lost = 0;
        Interrupt(commit =>
        {
            if (Interlocked.Increment(ref lost) == 1)
            {
                var other = new RecordBatchBuilder(Cursor.Start);
                other.Add("other"u8, [], 1);
                Assert.Equal(CommitOutcome.Committed, _nodes.Stored.CommitAsync(
                    new SessionCommit { Session = commit.Session, Appends = [new StreamAppend(_out, other.Take()!)] }, CancellationToken.None).Result);
                throw new SiloUnavailableException("on its way");
            }
        });

        RecordBatch appended = await AppendAsync(expectedTail: null);

        Assert.Equal(new Cursor(1), appended.First);
        Assert.Equal(["other", "one", "two"], await StoredAsync());
    }

    [Fact]
    public async Task Append_AtATailThatHasMoved_IsRefused()
    {
        await AppendAsync(expectedTail: null);
        var refused = await Assert.ThrowsAsync<SessionException>(() => AppendAsync(Cursor.Start));
        Assert.Equal(SessionErrorCode.TailMoved, refused.Code);
    }

    private Task<RecordBatch> AppendAsync(Cursor? expectedTail) => _nodes.Engine(1)
        .AppendRecordsAsync(_out, [new NewRecord("one"u8.ToArray(), []), new NewRecord("two"u8.ToArray(), [])], expectedTail, CancellationToken.None).AsTask();

    /// <summary>Looks at every commit to the stream, on whichever node it is made.</summary>
    private void Interrupt(Action<SessionCommit> look)
    {
        for (int node = 0; node < _nodes.Count; node++)
        {
            TestStore store = _nodes.Store(node);
            store.Before = commit =>
            {
                if (commit.Appends.Any(static append => append.Stream == _out))
                {
                    look(commit);
                }
            };
        }
    }

    private async Task<string[]> StoredAsync() =>
        [.. (await _nodes.Stored.ReadAsync(_out, Cursor.Start, int.MaxValue, CancellationToken.None))!.Decode().Select(static record => record.Body)];
}
