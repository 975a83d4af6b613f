namespace AgentSessions.Agents.Tests.Acceptance;

/// <content>Features that need a setting of their own: their suites hold the proof.</content>
public sealed partial class AcceptanceTests
{
    [Fact]
    public Task VersionPin_AChangeHandsOverAtTheNextTurn() => new VersionTests().APin_IsFollowedAtTheNextTurn_AndTheSuccessorAnswersTheSameMessage();

    [Fact]
    public Task VersionPin_AHoldIsHonoured() => new VersionTests().AHold_IsHonouredUntilTheRunEnds();

    [Fact]
    public async Task Skills_APathEscapeIsRefused()
    {
        using var skills = new SkillTests();
        await skills.APathThatEscapes_IsRefused("../../secret.txt");
    }

    [Fact]
    public async Task TestHost_ReturnsAfterTheLastHookAndItsSave_WhileTheClockStandsStill()
    {
        bool wasLast = false;
        await using var host = await Agents.StartEchoAsync(options => options.OnTurnComplete = (turn, _) =>
        {
            turn.History.Remove(turn.NewUIMessages[0].Id);
            wasLast = true;
            return Task.CompletedTask;
        });
        DateTimeOffset before = host.Time.GetUtcNow();

        await host.SendAsync("a");

        Assert.True(wasLast);
        Assert.Equal(["1: a"], await TextsAsync(host));
        Assert.Equal(before, host.Time.GetUtcNow());
    }
}
