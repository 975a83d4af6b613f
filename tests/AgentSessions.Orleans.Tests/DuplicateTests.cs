using System.Text;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Orleans.Settings;
using AgentSessions.Orleans.Tests.Hosting;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using AgentSessions.TestServer;

namespace AgentSessions.Orleans.Tests;

public sealed class DuplicateTests
{
    private const int Messages = 24;

    private static readonly TestNodesOptions _split = TestNodesOptions.Of(new OrleansOptions { PollInterval = TimeSpan.FromSeconds(1) }) with
    {
        Configure = SplitDirectory.Use,
    };

    [Fact]
    public async Task Session_ActiveOnEveryNodeAtOnce_HasOneLogAndAnswersEachMessageOnce()
    {
        await using TestNodes nodes = await TestNodes.StartAsync(3, _split);
        string runId = (await nodes.Engine(0).OpenAsync("many")).RunId;
        Assert.Equal(runId, (await nodes.Engine(1).OpenAsync("many")).RunId);
        Assert.Equal(runId, (await nodes.Engine(2).OpenAsync("many")).RunId);
        Task<IReadOnlyList<StreamRecord>> reading = nodes.Engine(1).ReadThroughAsync("many", Messages - 1);
        AppendedRecord[] said = await Task.WhenAll(Enumerable.Range(0, Messages).Select(i => SayAsync(nodes.Engine(i % 3), $"message-{i}")));
        IReadOnlyList<StreamRecord> records = await reading;

        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(1, nodes.Service<SplitDirectory>(i).Count));
        Assert.Single(await nodes.Engine(0).ListRunsAsync(Chat.Key("many"), 10, CancellationToken.None));
        Assert.Equal(Enumerable.Range(0, Messages), said.Select(static record => (int)record.Sequence).Order());
        Assert.Equal(records.Select(static record => record.Sequence).Distinct().Order(), records.Select(static record => record.Sequence));
        StoredTranscript transcript = await nodes.Engine(0).ReadTranscriptAsync(Chat.Key("many"), null, null, CancellationToken.None);
        string[] answers = [.. transcript.Messages.Select(static message => Encoding.UTF8.GetString(message.Json.Span))];
        Assert.All(Enumerable.Range(0, Messages), i => Assert.Single(answers, answer => answer.Contains($"echo message-{i}\"", StringComparison.Ordinal)));
        RecordBatch stored = (await nodes.Engine(2).ReadAsync(StreamId.In(Chat.Key("many")), Cursor.Start, int.MaxValue, CancellationToken.None))!;
        Assert.Equal(
            said.Select((record, i) => (record.Sequence, $"message-{i}")).OrderBy(static message => message.Sequence),
            stored.Decode().Select(static record => (record.Sequence, Chat.PartId(record))));
    }

    [Fact]
    public async Task Session_WhoseOtherActivationHasTheRun_IsClosedOnce()
    {
        await using TestNodes nodes = await TestNodes.StartAsync(2, _split);
        StartedSession started = await nodes.Engine(0).OpenAsync("many", "slow");
        await nodes.Engine(0).SayAsync("many", "go");
        Task<IReadOnlyList<StreamRecord>> reading = nodes.Engine(0).ReadTurnsAsync("many", 1);
        using StreamTail tail = nodes.Engine(1).OpenTail(StreamId.Out(Chat.Key("many")), Cursor.Start, CancellationToken.None);
        Assert.NotNull(await tail.ReadAsync(Chat.Limit));

        await nodes.Engine(1).CloseAsync(Chat.Key("many"), "enough", null, CancellationToken.None);
        var closed = await Assert.ThrowsAsync<SessionException>(async () => await nodes.Engine(0).SayAsync("many", "more"));

        Assert.Equal(SessionErrorCode.SessionClosed, closed.Code);
        Assert.Equal("enough", (await reading)[^1].Header(ControlHeaders.ClosedReason));
        await Eventually.HoldsAsync(
            async () => (await nodes.Engine(0).FindRunAsync("default", started.RunId, CancellationToken.None))!, static run => run.IsFinal, "the run's end");
    }

    /// <summary>Says it as clients do: again while the node says that it is to be tried again.</summary>
    private static async Task<AppendedRecord> SayAsync(ISessionEngine engine, string text)
    {
        using var limit = new CancellationTokenSource(Chat.Limit);
        while (true)
        {
            limit.Token.ThrowIfCancellationRequested();
            try
            {
                return await engine.SayAsync("many", text);
            }
            catch (SessionException exception) when (exception.Code == SessionErrorCode.StoreUnavailable)
            {
                // Another activation was faster, eight times.
            }
        }
    }
}
