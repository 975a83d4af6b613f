using System.Text;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;

namespace AgentSessions.Core.Tests.Sessions.Acting;

/// <summary>A session that begins with a conversation.</summary>
public sealed class HistoryTests
{
    private readonly ActorBench _bench = new();

    [Fact]
    public async Task Start_WithAHistory_StoresItInTheCommitThatMakesTheSession()
    {
        await _bench.Actor.StartAsync(Start("m1", "m2"), default);

        StoredTranscript transcript = await _bench.Store.ReadTranscriptAsync(ActorBench.Key, limit: null, before: null, default);
        Assert.Equal(["m1", "m2"], transcript.Messages.Select(static message => message.Id));
        Assert.Equal(RunReason.Manual, _bench.Host.Started[0].Run.Reason);
    }

    [Fact]
    public async Task Start_WithAHistory_LeavesASessionThatExistsAsItIs()
    {
        await _bench.StartAsync();

        StartedSession found = await _bench.Actor.StartAsync(Start("m1"), default);

        Assert.True(found.IsCached);
        Assert.Empty((await _bench.Store.ReadTranscriptAsync(ActorBench.Key, limit: null, before: null, default)).Messages);
    }

    private static StartSession Start(params string[] ids) => new()
    {
        Environment = "env",
        ExternalId = ActorBench.Key.Key,
        Type = "chat.agent",
        Agent = "echo",
        TriggerConfig = """{"basePayload":{"trigger":"preload"}}""",
        History = [.. ids.Select(static id => new StoredMessage(id, Encoding.UTF8.GetBytes($$"""{"id":"{{id}}","role":"user","parts":[]}"""), Final: true))],
    };
}
