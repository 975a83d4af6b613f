using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Holding;
using AgentSessions.Protocol.Errors;

namespace AgentSessions.Conformance.Engine;

/// <content>A person in the agent's place.</content>
public abstract partial class SessionEngineConformance
{
    private static readonly HoldSession _takeOver = new(HoldAction.TakeOver) { By = "Ada" };

    [Fact]
    public async Task TakeOver_DuringATurn_EndsIt_AndHandBackAnswersWhatQueuedUp()
    {
        string gate = Key().Environment;
        await StartAsync(Key(), ConformanceAgents.Held, gate);
        using OutReader reader = Follow(Key());
        await reader.TextAsync("held ");

        SessionRow held = await Engine.HoldAsync(Key(), _takeOver, default);
        long queued = (await SayAsync(Key(), gate + "-2")).Sequence;
        ConformanceAgents.Open(gate);
        ConformanceAgents.Open(gate + "-2");
        Assert.Equal(("Ada", false), (held.HeldBy, (await Engine.FindAsync(Key(), default))!.HasLiveRun));
        Assert.DoesNotContain("released", reader.Text);

        SessionRow free = await Engine.HoldAsync(Key(), new HoldSession(HoldAction.HandBack), default);
        Assert.Null(free.HeldBy);
        await reader.BoundaryAsync(queued);
        Assert.EndsWith("held released", reader.Text);
    }

    [Fact]
    public async Task Say_AnswersAllThatWaits_Once()
    {
        await StartAsync(Key());
        using OutReader reader = await TalkAsync(Key(), "one");
        await Engine.HoldAsync(Key(), _takeOver, default);
        await SayAsync(Key(), "two");
        long last = (await SayAsync(Key(), "three")).Sequence;

        var say = new HoldSession(HoldAction.Say) { MessageId = "op", Text = "from Ada" };
        await Engine.HoldAsync(Key(), say, default);
        await Engine.HoldAsync(Key(), say, default);
        await reader.BoundaryAsync(last);
        await Engine.HoldAsync(Key(), new HoldSession(HoldAction.HandBack), default);

        using OutReader next = await TalkAsync(Key(), "four");
        Assert.Equal("1: onefrom Ada", reader.Text);
        Assert.EndsWith("6: four", next.Text);
        await RefusedAsync(SessionErrorCode.InvalidRequest, () => Engine.HoldAsync(Key(), say with { MessageId = "late" }, default).AsTask());
        await RefusedAsync(SessionErrorCode.SessionNotFound, () => Engine.HoldAsync(Key("none"), _takeOver, default).AsTask());
    }
}
