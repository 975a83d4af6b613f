using AgentSessions.Core.Sessions;
using AgentSessions.Gateway.Stagent.Turns;
using AgentSessions.Gateway.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway.Tests.Stagent;

public sealed class TurnStoreTests
{
    [Fact]
    public async Task Abandoned_AreFound_HoweverManyTurnsThereAre()
    {
        const int count = 1200;

        // With so long a lease the server itself looks for none meanwhile.
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync(("AgentSessions:Stagent:TurnLease", "00:05:00"));
        var turns = handle.Server.Services.GetRequiredService<TurnStore>();
        for (int i = 0; i < count; i++)
        {
            var turn = new ActiveTurn { SessionKey = $"chat-{i}", UserId = "local", Note = new TurnNote { UserMessageId = $"m{i}", At = 0 } };
            Assert.True(await turns.TryBeginAsync(new SessionKey(Calls.EnvironmentDefault, turn.SessionKey), turn, CancellationToken.None));
        }

        Assert.Empty(await FoundAsync());
        handle.Server.Clock.Advance(TimeSpan.FromMinutes(6));

        Assert.Equal(count, (await FoundAsync()).Distinct().Count());

        async Task<string[]> FoundAsync() => await turns.ListAbandonedAsync(Calls.EnvironmentDefault, CancellationToken.None)
            .Select(static turn => turn.SessionKey).ToArrayAsync();
    }
}
