using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;

namespace AgentSessions.Conformance;

public abstract partial class SessionStoreConformance
{
    [Fact]
    public async Task Transcript_WhenNothingWasSaved_IsEmpty()
    {
        SessionKey session = await CreateAsync();
        StoredTranscript transcript = await Store.ReadTranscriptAsync(session, null, null, default);
        Assert.Empty(transcript.Messages);
        Assert.Equal(StoredTranscript.Empty with { Messages = transcript.Messages }, transcript);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Transcript_FollowsItsChanges(bool restart)
    {
        SessionKey session = await CreateAsync();
        (TranscriptDelta Delta, string Ids)[] history =
        [
            (new() { Puts = [Sample.Message("a"), Sample.Message("b")] }, "a b"),
            (new() { Puts = [Sample.Message("c"), Sample.Message("a", "again")] }, "a b c"),
            (new() { Removes = ["b", "unknown"] }, "a c"),
            (new() { Puts = [Sample.Message("b"), Sample.Message("d"), Sample.Message("e")] }, "a c b d e"),
            (new() { TruncateAfter = "unknown" }, "a c b d e"),
            (new() { TruncateAfter = "b", Puts = [Sample.Message("f")] }, "a c b f"),
            (new() { TruncateAfter = "c", Removes = ["a"], Puts = [Sample.Message("a")] }, "c a"),
            (new() { TruncateAfter = "a" }, "c a"),
            (new() { TruncateAfter = "" }, ""),
            (new() { Puts = [Sample.Message("z")] }, "z"),
        ];
        foreach ((TranscriptDelta delta, string ids) in history)
        {
            await SaveAsync(session, delta);
            if (restart)
            {
                await RestartAsync();
            }

            Assert.Equal(ids, (await Store.ReadTranscriptAsync(session, null, null, default)).Ids());
            await SaveAsync(session, delta);
            Assert.Equal(ids, (await Store.ReadTranscriptAsync(session, null, null, default)).Ids());
        }
    }

    [Fact]
    public async Task Transcript_WhenAMessageIsPutAgain_ReplacesItInPlace()
    {
        SessionKey session = await CreateAsync();
        await SaveAsync(session, new() { Puts = [Sample.Message("a", "half", final: false), Sample.Message("b")] });
        await SaveAsync(session, new() { Puts = [Sample.Message("a", "whole")] });
        await RestartAsync();
        StoredTranscript transcript = await Store.ReadTranscriptAsync(session, null, null, default);
        Assert.Equal("""a={"id":"a","text":"whole"} b={"id":"b","text":"hi"}""", transcript.Text());
        await SaveAsync(session, new() { Puts = [Sample.Message("b", "part", final: false)] });
        Assert.Equal([true, false], (await Store.ReadTranscriptAsync(session, null, null, default)).Messages.Select(m => m.Final));
    }

    [Fact]
    public async Task Transcript_KeepsStateAndCursorsThatAChangeLeavesOut()
    {
        SessionKey session = await CreateAsync();
        await SaveAsync(session, new() { State = """{"n":1}""", LastOutSequence = 7, LastInSequence = 3, SavedAt = 10 });
        await SaveAsync(session, new() { Puts = [Sample.Message("a")], SavedAt = 11 });
        StoredTranscript transcript = await Store.ReadTranscriptAsync(session, null, null, default);
        Assert.Equal(("""{"n":1}""", 7, 3, 11), (transcript.State, transcript.LastOutSequence, transcript.LastInSequence, transcript.SavedAt));
        await RestartAsync();
        await SaveAsync(session, new() { State = "{}", LastOutSequence = 9, SavedAt = 12 });
        transcript = await Store.ReadTranscriptAsync(session, 1, null, default);
        Assert.Equal(("{}", 9, 3, 12), (transcript.State, transcript.LastOutSequence, transcript.LastInSequence, transcript.SavedAt));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Transcript_InPages_GoesBackToTheStart(bool restart)
    {
        SessionKey session = await CreateAsync();
        for (int i = 0; i < 7; i++)
        {
            await SaveAsync(session, new() { Puts = [Sample.Message($"m{i}")] });
        }

        await SaveAsync(session, new() { Puts = [Sample.Message("m2", "again")] });
        if (restart)
        {
            await RestartAsync();
        }

        await AssertPageAsync(session, 3, null, "m4 m5 m6", "m4");
        await AssertPageAsync(session, 3, "m4", "m1 m2 m3", "m1");
        await AssertPageAsync(session, 3, "m1", "m0", null);
        await AssertPageAsync(session, 3, "m3", "m0 m1 m2", null);
        await AssertPageAsync(session, 3, "m0", "", null);
        await AssertPageAsync(session, 7, null, "m0 m1 m2 m3 m4 m5 m6", null);
        await AssertPageAsync(session, null, "m2", "m0 m1", null);
        await AssertPageAsync(session, 3, "unknown", "", null);
    }

    private async Task AssertPageAsync(SessionKey session, int? limit, string? before, string ids, string? next)
    {
        StoredTranscript page = await Store.ReadTranscriptAsync(session, limit, before, default);
        Assert.Equal((ids, next), (page.Ids(), page.NextBefore));
    }

    private Task SaveAsync(SessionKey session, TranscriptDelta delta) => CommitAsync(new() { Session = session, Transcript = delta });
}
