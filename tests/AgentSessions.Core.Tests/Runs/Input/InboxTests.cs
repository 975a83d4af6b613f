using AgentSessions.Core.Runs.Input;
using AgentSessions.Core.Sessions;

namespace AgentSessions.Core.Tests.Runs.Input;

public sealed class InboxTests
{
    private readonly Inbox _inbox = new(seen: -1);
    private int _stops;

    [Fact]
    public void AStopOfATurn_BetweenItsAnswerAndItsLastHook_IsToldToTheHook()
    {
        InputRecord message = Take(0);
        _inbox.BeginTurn(message, Stop);
        _inbox.EndTurn();
        _inbox.Receive(StopOf(1, target: 0));
        Assert.Equal(0, _stops);

        _inbox.Complete();
        _inbox.BeginLastHook(message, Stop);

        Assert.Equal(1, _stops);
    }

    [Fact]
    public void AStopOfATurn_DuringItsLastHook_IsToldToTheHook_AndStopsNoOther()
    {
        InputRecord message = Take(0);
        _inbox.BeginTurn(message, static () => { });
        _inbox.EndTurn();
        _inbox.Receive(Message(1));
        _inbox.BeginLastHook(message, Stop);

        _inbox.Receive(StopOf(2, target: 0));
        Assert.Equal(1, _stops);

        _inbox.EndTurn();
        _inbox.BeginTurn(_inbox.TryTake(), Stop);
        Assert.Equal(1, _stops);
    }

    [Fact]
    public void AStopOfAMessageThatWaits_IsNotToldToTheLastHookOfAnother()
    {
        InputRecord message = Take(0);
        _inbox.BeginTurn(message, static () => { });
        _inbox.EndTurn();
        _inbox.BeginLastHook(message, Stop);
        _inbox.Receive(Message(1));

        _inbox.Receive(StopOf(2, target: 1));
        Assert.Equal(0, _stops);

        _inbox.EndTurn();
        _inbox.BeginTurn(_inbox.TryTake(), Stop);
        Assert.Equal(1, _stops);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AStopBehindASecondMessage_WhileTheFirstIsBeingStopped_IsMeantForTheSecond(bool hasBegun)
    {
        _inbox.Receive(Message(0));
        if (hasBegun)
        {
            _inbox.BeginTurn(_inbox.TryTake(), Stop);
        }

        _inbox.Receive(StopOf(1));
        _inbox.Receive(Message(2));
        _inbox.Receive(StopOf(3));
        if (!hasBegun)
        {
            _inbox.BeginTurn(_inbox.TryTake(), Stop);
        }

        Assert.Equal(1, _stops);
        _inbox.EndTurn();
        _inbox.BeginTurn(_inbox.TryTake(), Stop);
        Assert.Equal(2, _stops);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AStopThatIsRepeated_StopsNoMessageThatWaitedBefore(bool hasBegun)
    {
        _inbox.Receive(Message(0));
        _inbox.Receive(Message(1));
        if (hasBegun)
        {
            _inbox.BeginTurn(_inbox.TryTake(), static () => { });
        }

        _inbox.Receive(StopOf(2));
        _inbox.Receive(StopOf(3));
        if (!hasBegun)
        {
            _inbox.BeginTurn(_inbox.TryTake(), static () => { });
        }

        _inbox.EndTurn();
        _inbox.BeginTurn(_inbox.TryTake(), Stop);
        Assert.Equal(0, _stops);
    }

    private void Stop() => _stops++;

    private InputRecord Take(long sequence)
    {
        _inbox.Receive(Message(sequence));
        return _inbox.TryTake()!;
    }

    private static InputRecord Message(long sequence) => new() { Sequence = sequence, Route = InputRoute.Message, Trigger = InputTrigger.Submit };

    private static InputRecord StopOf(long sequence, long? target = null) =>
        new() { Sequence = sequence, Route = InputRoute.Stop, Terms = target is null ? null : new MessageTerms { Stops = target } };
}
