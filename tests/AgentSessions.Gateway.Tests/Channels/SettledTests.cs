using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Gateway.Tests.Channels;

public sealed class SettledTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    [Theory]
    [InlineData(new[] { "a", "!turn-complete" }, true)]
    [InlineData(new[] { "a", "!turn-complete", "%" }, true)]
    [InlineData(new[] { "a", "!turn-complete", "%", "%", "%", "%", "%", "%" }, true)]
    [InlineData(new[] { "a", "!turn-complete", "b" }, false)]
    [InlineData(new[] { "a", "!turn-complete", "!upgrade-required" }, false)]
    [InlineData(new[] { "a", "!turn-complete", "!keepalive", "%" }, false)]
    [InlineData(new[] { "%", "%" }, false)]
    [InlineData(new string[0], false)]
    public async Task Peek_LooksAtTheNewestRecordThatIsNoCommand(string[] records, bool settled) => await CheckAsync(records, settled);

    [Fact]
    public async Task Trap19_PeekCountsSessionClosedAsSettledToo() => await CheckAsync(["a", "!turn-complete", "!" + ControlHeaders.SessionClosed], settled: true);

    [Fact]
    public async Task Peek_Settled_DeliversWhatIsAfterTheCursorAndClosesAtOnce()
    {
        string id = await server.TalkAsync("a", "b", "!turn-complete", "%");
        await using EventReader reader = await OpenAsync(id, ("X-Peek-Settled", "1"), ("Last-Event-ID", "1"), ("Timeout-Seconds", "600"));

        (List<long> sequences, bool done) = await reader.ReadAllAsync();

        Assert.Equal([2, 3], sequences);
        Assert.True(done);
    }

    [Fact]
    public async Task Peek_Settled_WithNothingNew_OnlySendsTheEnd()
    {
        string id = await server.TalkAsync("a", "!turn-complete");

        Answer answer = await server.SendAsync(
            "GET", Calls.ChannelPath(id, "out"), null, GatewayServer.Key, ("X-Peek-Settled", "1"), ("Last-Event-ID", "1"), ("Timeout-Seconds", "600"));

        Assert.Equal("data: [DONE]\n\n", answer.Text);
    }

    [Fact]
    public async Task Peek_Settled_DeliversAlsoWhatMemoryHasNotHeardOf()
    {
        string id = await server.TalkAsync();
        await using EventReader viewer = await OpenAsync(id, ("Timeout-Seconds", "20"));
        await server.SayAsync(id, "a");
        Assert.Equal([0], await viewer.ReadThroughAsync(0));
        var session = new SessionKey("default", id);
        var batch = new RecordBatchBuilder(new Cursor(1));
        batch.Add([], [new RecordHeader(ControlHeaders.Control, ControlHeaders.TurnComplete)], server.Clock.GetUtcNow().ToUnixTimeMilliseconds());
        await server.Store.CommitAsync(new SessionCommit { Session = session, Appends = [new StreamAppend(StreamId.Out(session), batch.Take()!)] }, default);

        await using EventReader reader = await OpenAsync(id, ("X-Peek-Settled", "1"), ("Last-Event-ID", "0"), ("Timeout-Seconds", "600"));
        (List<long> sequences, bool done) = await reader.ReadAllAsync();

        Assert.Equal("true", reader.Header("X-Session-Settled"));
        Assert.Equal([1], sequences);
        Assert.True(done);
    }

    [Fact]
    public async Task Peek_WithoutTheHeader_NeverSettles()
    {
        string id = await server.TalkAsync("a", "!turn-complete");
        await using EventReader reader = await OpenAsync(id, ("Timeout-Seconds", "20"));
        Assert.Null(reader.Header("X-Session-Settled"));

        await server.SayAsync(id, "b");

        Assert.Equal([0, 1, 2], await reader.ReadThroughAsync(2));
    }

    [Fact]
    public async Task Peek_OnIn_NeverSettles()
    {
        string id = await server.TalkAsync();
        await using EventReader reader = await EventReader.OpenAsync(
            server, Calls.ChannelPath(id, "in"), GatewayServer.Key, ("X-Peek-Settled", "1"), ("Timeout-Seconds", "1"));
        Assert.Null(reader.Header("X-Session-Settled"));
    }

    private async Task CheckAsync(string[] records, bool settled)
    {
        string id = await server.TalkAsync(records);
        await using EventReader reader = await OpenAsync(id, ("X-Peek-Settled", "1"), ("Timeout-Seconds", "1"));

        Assert.Equal(settled ? "true" : null, reader.Header("X-Session-Settled"));
        (List<long> sequences, bool done) = await reader.ReadAllAsync();
        Assert.Equal(records.Length, sequences.Count);
        Assert.True(done);
    }

    private Task<EventReader> OpenAsync(string id, params (string Name, string Value)[] headers) =>
        EventReader.OpenAsync(server, Calls.ChannelPath(id, "out"), GatewayServer.Key, headers);
}
