using System.Text;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Acting;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Tests.Sessions.Acting;
using AgentSessions.Protocol.Errors;
using Microsoft.Extensions.Configuration;

namespace AgentSessions.Core.Tests.Runs;

public sealed class OpenTurnsTests
{
    private readonly ActorBench _bench = new();
    private static readonly SessionKey _other = new("env", "chat-2");
    private readonly OpenTurns _turns = new(1, TimeProvider.System);
    private readonly SessionActor _actor;

    public OpenTurnsTests() => _actor = new SessionActor(_bench.Context with { Turns = _turns }, ActorBench.Key);

    [Fact]
    public async Task Append_WhenTurnsAreFull_IsRefusedWithAHint_AndTakenWhenOneEnds()
    {
        await StartAsync("""{"basePayload":{"chatId":"chat-1","trigger":"preload"}}""");
        _turns.Begin(_other);

        SessionException refused = await Assert.ThrowsAsync<SessionException>(async () => await AppendAsync(ActorBench.Message("a"), "p"));

        Assert.Equal(SessionErrorCode.Overloaded, refused.Code);
        Assert.InRange(refused.RetryAfter!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4));
        Assert.Empty(await _bench.ReadAsync(StreamId.In(ActorBench.Key)));
        _turns.End();
        Assert.Equal(0, (await AppendAsync(ActorBench.Message("a"), "p")).Sequence);
    }

    [Fact]
    public async Task Append_ThatWaitsForItsTurn_CountsUntilItsSessionRests()
    {
        await StartAsync("""{"basePayload":{"chatId":"chat-1","trigger":"preload"}}""");

        await AppendAsync(ActorBench.Message("a"), "a");

        Assert.False(_turns.TryAsk(_other));
        _turns.Begin(ActorBench.Key);
        Assert.Equal(1, _turns.Count);
        _turns.End();
        Assert.True(_turns.TryAsk(_other));
        _turns.Rest(_other);
        Assert.Equal(0, _turns.Count);
    }

    [Fact]
    public async Task Append_WhenTurnsAreFull_TakesWhatOpensNoTurn()
    {
        await StartAsync("""{"basePayload":{"chatId":"chat-1","trigger":"preload"}}""");
        Assert.Equal(0, (await AppendAsync(ActorBench.Message("a"), "p")).Sequence);
        _turns.Rest(ActorBench.Key);
        _turns.Begin(_other);

        Assert.Equal(1, (await AppendAsync("""{"kind":"stop"}""", "s")).Sequence);
        Assert.True((await AppendAsync(ActorBench.Message("a"), "p")).IsRepeat);
    }

    [Fact]
    public async Task Start_WhenTurnsAreFull_TakesASessionWithoutAMessageOnly()
    {
        _turns.Begin(_other);

        SessionException refused = await Assert.ThrowsAsync<SessionException>(
            async () => await StartAsync("""{"basePayload":{"chatId":"chat-1","trigger":"submit-message","message":{"id":"m","role":"user","parts":[]}}}"""));

        Assert.Equal(SessionErrorCode.Overloaded, refused.Code);
        Assert.False((await StartAsync("""{"basePayload":{"chatId":"chat-1","trigger":"preload"}}""")).IsCached);
    }

    [Fact]
    public void TryAsk_OfAHostThatIsLate_IsRefusedFromTwoFifthsOfTheLimitOn()
    {
        bool isLate = false;
        var turns = new OpenTurns(500, TimeProvider.System, () => isLate);
        for (int i = 0; i < 200; i++)
        {
            Assert.True(turns.TryAsk(new SessionKey("env", $"chat-{i}")));
        }

        isLate = true;

        Assert.False(turns.TryAsk(new SessionKey("env", "one-more")));
        Assert.True(turns.TryAsk(new SessionKey("env", "chat-0")));
        turns.Rest(new SessionKey("env", "chat-0"));
        Assert.True(turns.TryAsk(new SessionKey("env", "one-more")));
        Assert.False(turns.TryAsk(new SessionKey("env", "another")));
        isLate = false;
        Assert.True(turns.TryAsk(new SessionKey("env", "another")));
    }

    [Fact]
    public void TryAsk_OfFewTurns_IsTakenHoweverLateTheHostIs()
    {
        var turns = new OpenTurns(200, TimeProvider.System, static () => true);

        Assert.All(Enumerable.Range(0, 100), i => Assert.True(turns.TryAsk(new SessionKey("env", $"chat-{i}"))));

        Assert.False(turns.TryAsk(new SessionKey("env", "one-more")));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("many")]
    public void Read_OfAWrongLimit_NamesTheKey(string value)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([new(OpenTurns.Key, value)]).Build();

        Assert.Contains(OpenTurns.Key, Assert.Throws<InvalidOperationException>(() => OpenTurns.Read(configuration, TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    private ValueTask<StartedSession> StartAsync(string triggerConfig) =>
        _actor.StartAsync(new StartSession { Environment = "env", ExternalId = ActorBench.Key.Key, Type = "chat.agent", Agent = "echo", TriggerConfig = triggerConfig }, default);

    private ValueTask<AppendedRecord> AppendAsync(string text, string partId) =>
        _actor.AppendAsync(StreamId.In(ActorBench.Key), new AppendText(Encoding.UTF8.GetBytes(text), partId), default);
}
