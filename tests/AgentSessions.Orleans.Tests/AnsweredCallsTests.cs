using AgentSessions.Orleans.Calls;
using AgentSessions.Orleans.Messages;
using AgentSessions.Protocol.Errors;
using AgentSessions.Testing;

namespace AgentSessions.Orleans.Tests;

/// <summary>Which copies of a call a session carries out.</summary>
public sealed class AnsweredCallsTests
{
    private readonly ManualTime _time = new();
    private readonly AnsweredCalls _answered;
    private int _carriedOut;

    public AnsweredCallsTests() => _answered = new AnsweredCalls(_time);

    [Fact]
    public async Task Copy_IsAnsweredAsTheCallWas()
    {
        CallMark mark = Mark();
        Assert.Equal(1, await CallAsync(mark));

        // Whenever it comes.
        _time.Advance(AnsweredCalls.Memory);
        Assert.Equal(1, await CallAsync(mark));
        Assert.Equal(2, await CallAsync(Mark()));
    }

    [Fact]
    public async Task CopyOfACallThatWasRefused_IsRefused()
    {
        CallMark mark = Mark();
        await Assert.ThrowsAsync<SessionException>(() => _answered.OnceAsync(mark, static () => Task.FromException<int>(new SessionException(SessionErrorCode.SessionNotFound, "gone"))));
        await Assert.ThrowsAsync<SessionException>(() => CallAsync(mark));
        Assert.Equal(0, _carriedOut);
    }

    [Fact]
    public async Task CallThatFailedOnItsWay_IsCarriedOutWhenItComesAgain()
    {
        CallMark mark = Mark();
        await Assert.ThrowsAsync<SessionMovedException>(() => _answered.OnceAsync(mark, static () => Task.FromException<int>(new SessionMovedException())));
        Assert.Equal(1, await CallAsync(mark));
    }

    [Fact]
    public async Task CallThatNobodyWaitsFor_IsRefused_AndByTheSessionsClockTaken()
    {
        CallMark mark = Mark();
        _time.Advance(AnsweredCalls.Lateness + TimeSpan.FromMilliseconds(1));

        LateCallException late = await Assert.ThrowsAsync<LateCallException>(() => CallAsync(mark));
        Assert.Equal(0, _carriedOut);
        Assert.Equal(1, await CallAsync(mark with { SentAt = late.Now }));
    }

    [Fact]
    public async Task CallThatWasSentBeforeTheSessionWasDeleted_IsNotForItsSuccessor()
    {
        CallMark mark = Mark();
        _time.Advance(TimeSpan.FromSeconds(1));
        _answered.Deleted();

        await Assert.ThrowsAsync<LateCallException>(() => CallAsync(mark));
        Assert.Throws<LateCallException>(() => _answered.RequireTimely(mark));
        Assert.Equal(1, await CallAsync(Mark()));
    }

    [Fact]
    public async Task ClockThatWasSetBack_ShutsNobodyOut()
    {
        var time = new SetTime { Now = _time.GetUtcNow() };
        var answered = new AnsweredCalls(time);
        answered.Deleted();
        time.Now -= TimeSpan.FromHours(1);

        Assert.Equal(1, await answered.OnceAsync(Mark() with { SentAt = time.Now }, static () => Task.FromResult(1)));
    }

    [Fact]
    public async Task CallOfAnOlderVersion_IsCarriedOutWheneverItComes()
    {
        Assert.Equal(1, await CallAsync(null));
        Assert.Equal(2, await CallAsync(null));
    }

    private CallMark Mark() => new(Guid.NewGuid(), _time.GetUtcNow());

    private Task<int> CallAsync(CallMark? mark) => _answered.OnceAsync(mark, () => Task.FromResult(++_carriedOut));

    private sealed class SetTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
