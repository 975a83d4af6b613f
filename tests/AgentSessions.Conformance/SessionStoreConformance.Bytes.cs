using System.Security.Cryptography;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Conformance;

public abstract partial class SessionStoreConformance
{
    /// <summary>What 100,000 characters that do not pack well take at least, whatever a store does with them.</summary>
    private const long Much = 50_000;

    /// <summary>What small rows may add.</summary>
    private const long Little = 5_000;

    private static readonly string _noise = Convert.ToHexString(RandomNumberGenerator.GetBytes(50_000));

    [Fact]
    public async Task Measure_GrowsWithEverythingThatIsKept_AndStaysOverARestart()
    {
        SessionKey session = await CreateAsync();
        long before = await MeasureAsync();
        Assert.InRange(before, 0, Little);

        await AppendAsync(StreamId.In(session), 0, 1, _noise);
        await AppendAsync(StreamId.Out(session), 0, 1, _noise);
        await AppendAsync(new StreamId(session, "side", StreamDirection.Out), 0, 1, _noise);
        await CommitAsync(new SessionCommit { Session = session, Transcript = new TranscriptDelta { Puts = [Sample.Message("m", _noise)] } });
        await ((IStateStore)Store).PutAsync(new StatePut(new StateKey(_environment, "documents", "d"), RandomNumberGenerator.GetBytes(100_000)), null, default);
        await RestartAsync();
        long kept = await MeasureAsync();
        Assert.InRange(kept - before, 5 * Much, 10 * Much + Little);
        Assert.Equal(0, await Store.MeasureAsync(_environment + "-other", default));

        // The same again in the same place is no more than it was.
        await CommitAsync(new SessionCommit { Session = session, Transcript = new TranscriptDelta { Puts = [Sample.Message("m", _noise)] } });
        await RestartAsync();
        Assert.InRange(await MeasureAsync(), kept - Little, kept + Little);
    }

    [Fact]
    public async Task Measure_FallsWithTrimsAndDeletions()
    {
        long none = await MeasureAsync();
        SessionKey session = await CreateAsync();
        SessionKey other = await CreateAsync("other");
        await AppendAsync(StreamId.Out(session), 0, 1, _noise);
        await CommitAsync(new SessionCommit { Session = session, Transcript = new TranscriptDelta { Puts = [Sample.Message("m", _noise), Sample.Message("n")] } });
        await AppendAsync(StreamId.In(other), 0, 1, _noise);
        await RestartAsync();
        long all = await MeasureAsync();

        await CommitAsync(new SessionCommit { Session = session, TrimOutBefore = new Cursor(1), Transcript = new TranscriptDelta { Removes = ["m"] } });
        await RestartAsync();
        long trimmed = await MeasureAsync();
        Assert.InRange(trimmed, none, all - (2 * Much) + Little);

        await Store.DeleteAsync(other, default);
        Assert.InRange(await MeasureAsync(), none, trimmed - Much + Little);
        await Store.DeleteAsync(session, default);
        Assert.InRange(await MeasureAsync(), none, none + Little);
    }

    private async Task<long> MeasureAsync() => await Store.MeasureAsync(_environment, default);
}
