using AgentSessions.Conformance;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Postgres.Values;

namespace AgentSessions.Postgres.Tests.Values;

public sealed class StoredTextTests
{
    private const string Odd = "a\0b\u0001c\ud800d\udc00\ud83d\ude00é\n";

    [Theory]
    [InlineData("")]
    [InlineData("plain 😀")]
    [InlineData("\u0001")]
    [InlineData("\u00010000")]
    [InlineData(Odd)]
    [InlineData("\ud800")]
    public void Encode_IsTakenBackByDecode(string text)
    {
        string stored = StoredText.Encode(text);
        Assert.DoesNotContain('\0', stored);
        Assert.Equal(text, StoredText.Decode(stored));
        Assert.Equal(stored, new System.Text.UTF8Encoding(false, true).GetString(new System.Text.UTF8Encoding(false, true).GetBytes(stored)));
    }

    [Fact]
    public void Encode_LeavesUsualTextAlone() => Assert.Same("usual ü", StoredText.Encode("usual ü"));

    [Fact]
    public void IndexText_OfLongTexts_IsShortAndTellsThemApart()
    {
        string one = new('x', 5000);
        Assert.True(IndexText.Of(one).Length < 100);
        Assert.Equal(IndexText.Of(one), IndexText.Of(new string('x', 5000)));
        Assert.NotEqual(IndexText.Of(one), IndexText.Of(one + "x"));
    }

    [Fact]
    public async Task OddText_InEveryField_IsReadBackAsItWas()
    {
        await using PostgresSessionStore store = await StoreOpener.OpenAsync(await StoreOpener.SharedOptionsAsync());
        var key = new SessionKey("env-" + Guid.NewGuid().ToString("n"), "k" + Odd);
        SessionRow row = Sample.Row(key) with
        {
            Id = "session_" + Guid.NewGuid().ToString("n") + Odd,
            Type = Odd,
            Agent = Odd,
            Tags = [Odd, ""],
            ClosedReason = Odd,
            CurrentRunId = Odd,
            Metadata = $$"""{"userId":"{{new string('u', 5000)}}"}""",
        };
        var side = new StreamId(key, Odd, StreamDirection.In);
        var state = new StateKey(key.Environment, Odd, Odd);
        string longId = new('m', 3000);
        SessionCommit commit = Sample.Creation(row) with
        {
            Appends = [new(side, Sample.Batch(0, 1))],
            Transcript = new() { Puts = [new StoredMessage(Odd, new byte[] { 1 }, true), new StoredMessage(longId, new byte[] { 2 }, true)], State = Odd },
            Runs = [Sample.Run(key, Odd, 1) with { Error = Odd, Tags = [Odd] }],
            States = [new StatePut(state, new byte[] { 3 }, key)],
        };
        Assert.Equal(CommitOutcome.Committed, await store.CommitAsync(commit, default));

        SessionRow read = (await store.LoadAsync(key, default))!.Row;
        Assert.Equal(row.Tags, read.Tags);
        Assert.Equal(row with { Tags = [] }, read with { Tags = [] });
        Assert.Equal([Odd], await store.ListChannelsAsync(key, default));
        Assert.NotNull(await store.ReadAsync(side, default, 1, default));
        Assert.Equal([Odd, longId], (await store.ReadTranscriptAsync(key, null, null, default)).Messages.Select(message => message.Id));
        Assert.Equal([Odd], (await store.ReadTranscriptAsync(key, 5, longId, default)).Messages.Select(message => message.Id));
        Assert.Equal(Odd, (await store.FindRunAsync(key.Environment, Odd, default))!.Error);
        Assert.Equal(key, (await store.GetAsync(state, default))!.Owner);
        SessionQuery query = new()
        {
            Environment = key.Environment,
            Now = Sample.Time,
            Tags = [Odd],
            Types = [Odd],
            ExternalIds = [key.Key],
            UserId = new string('u', 5000),
        };
        Assert.Single((await store.ListAsync(query, default)).Rows);
        Assert.True(await store.DeleteAsync(key, default));
    }
}
