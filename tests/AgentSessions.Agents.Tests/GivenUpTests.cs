using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;

namespace AgentSessions.Agents.Tests;

/// <summary>Runs that die before their first turn, whatever of their boot it is: each message they owe is tried so often and then given up, with one boundary of its own.</summary>
public sealed class GivenUpTests
{
    private const string Text = "The message could not be answered.";

    [Theory]
    [InlineData("agent")]
    [InlineData("filter")]
    [InlineData("transcript store")]
    [InlineData("loop's transcript store")]
    public async Task AgentThatCannotBeMade_IsGivenUp_AndEveryMessageIsToldOnce(string part)
    {
        await using AgentTestHost host = await StartAsync(part);
        await host.StartSessionAsync();

        Assert.Equal(Text, (await host.SendAsync("a")).ErrorText);
        Assert.Equal(Text, (await host.SendAsync("b")).ErrorText);

        await AssertAtRestAsync(host, mostRuns: 1 + 4 + 4);
        Assert.Equal(["0", "1"], Boundaries(host));
    }

    [Fact]
    public async Task MessagesThatWaitTogether_AreGivenUpOneByOne()
    {
        await using AgentTestHost host = await StartAsync("agent");
        await host.StartSessionAsync();
        await host.CrashRunAsync();
        await host.AppendWhileDownAsync(Message("a"));
        await host.AppendWhileDownAsync(Message("b"));
        await host.RestartAsync();
        await host.WaitForTurnAsync(await host.AppendAsync(Message("c")));

        await AssertAtRestAsync(host, mostRuns: 1 + 4 + 3 + 3);
        Assert.Equal(["0", "1", "2"], Boundaries(host));
        Assert.Equal(["a", "b", "c"], (await host.TranscriptAsync()).Select(static message => message.Text));
    }

    [Fact]
    public async Task MessageThatCannotBeRead_FailsTheRecoveryThatNeedsIt_AndNothingElse()
    {
        await using AgentTestHost host = await Agents.StartEchoAsync();
        await host.SendAsync("a");
        await host.EndRunAsync();
        await host.RunsEndedAsync(1);
        SessionHead head = (await host.Store.LoadAsync((await host.SessionAsync()).Key, default))!;

        // An answer that broke off may go on with one of the newest messages, so the next run looks at them.
        var broken = new RecordBatchBuilder(head.Out.Tail);
        broken.AddChunk("""{"type":"start","messageId":"broken"}"""u8, head.Out.TailTimestamp);
        await host.Store.CommitAsync(
            new()
            {
                Session = head.Row.Key,
                Appends = [new StreamAppend(StreamId.Out(head.Row.Key), broken.Take()!)],
                Transcript = new() { Puts = [new StoredMessage("bad", "{"u8.ToArray(), Final: true)] },
            },
            default);

        await host.CrashRunAsync();
        await host.AppendWhileDownAsync(Message("b"));
        await host.RestartAsync();
        await host.PostAsync("c");
        await host.RecordAsync(static record => record is { Control: ControlHeaders.TurnComplete } && record.Header(ControlHeaders.InEventId) == "3");

        Assert.Equal(["0", "2", "3"], Boundaries(host));
        Assert.Equal([Text], host.AllChunks.OfType<ErrorChunk>().Select(static error => error.ErrorText));
        Assert.EndsWith(": c", host.AllChunks.OfType<TextDeltaChunk>().Last().Delta, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MessageThatCannotBeRedacted_IsGivenUpUnstored_AndTheNextOneWorks()
    {
        await using AgentTestHost host = await Agents.StartEchoAsync(static options => options.Privacy.RedactStored = static message =>
            message.Text == "poison" ? throw new InvalidOperationException("secret") : message);

        Assert.Equal(Text, (await host.SendAsync("poison")).ErrorText);
        Assert.Equal("1: a", (await host.SendAsync("a")).Text);
        Assert.Equal(["a", "1: a"], (await host.TranscriptAsync()).Select(static message => message.Text));
    }

    [Fact]
    public async Task CloseBeforeAMessageThatIsGivenUp_HasNoBoundary()
    {
        await using AgentTestHost host = await StartAsync("agent");
        await host.StartSessionAsync();
        await host.CrashRunAsync();
        await host.AppendWhileDownAsync(JsonNode.Parse("""{"kind":"message","payload":{"trigger":"close"}}""")!);
        await host.RestartAsync();
        await host.WaitForTurnAsync(await host.AppendAsync(Message("a")));

        await AssertAtRestAsync(host, mostRuns: 1 + 4);
        Assert.Equal(["1"], Boundaries(host));
    }

    private static Task<AgentTestHost> StartAsync(string part) => part switch
    {
        "agent" => AgentTestHost.StartAsync<Unmakeable>(),
        "filter" => AgentTestHost.StartAsync(Agents.EchoAsync, static host => host.Agents(static agents => agents.AddAgentFilter<UnmakeableFilter>())),
        "transcript store" => AgentTestHost.StartAsync(Agents.EchoAsync, static host => host.Options = static options => options.UseTranscriptStore<UnmakeableStore>()),
        _ => AgentTestHost.StartCustomAsync(static (_, _) => Task.CompletedTask, static host => host.Options = static options => options.UseTranscriptStore<UnmakeableStore>()),
    };

    private static JsonObject Message(string text) => new()
    {
        ["kind"] = "message",
        ["payload"] = new JsonObject { ["trigger"] = "submit-message", ["message"] = JsonSerializer.SerializeToNode(UIMessage.User(text, text), UIJson.Options) },
    };

    private static IEnumerable<string?> Boundaries(AgentTestHost host) =>
        host.AllRecords.Where(static record => record.Control == ControlHeaders.TurnComplete).Select(static record => record.Header(ControlHeaders.InEventId));

    private static async Task AssertAtRestAsync(AgentTestHost host, int mostRuns)
    {
        await host.UntilAsync(() => !host.SessionAsync().GetAwaiter().GetResult().HasLiveRun);
        IReadOnlyList<RunRow> runs = await host.RunsAsync();
        Assert.InRange(runs.Count, 1, mostRuns);
        Assert.All(runs, static run => Assert.True(run.End is RunEnd.Failed or RunEnd.HostLost, $"{run.End}"));
    }

    public sealed class Unmakeable : ChatAgent
    {
        public Unmakeable() => throw new InvalidOperationException("secret");

        protected override Task RunAsync(TurnContext turn, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    public sealed class UnmakeableFilter : AgentFilter
    {
        public UnmakeableFilter() => throw new InvalidOperationException("secret");
    }

    public sealed class UnmakeableStore : ITranscriptStore
    {
        public UnmakeableStore() => throw new InvalidOperationException("secret");

        public ValueTask<StoredConversation?> LoadAsync(TranscriptScope scope, CancellationToken cancellationToken) => default;

        public ValueTask SaveAsync(TranscriptScope scope, TranscriptChangeset changes, CancellationToken cancellationToken) => default;
    }
}
