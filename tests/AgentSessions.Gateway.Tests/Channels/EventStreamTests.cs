using System.Diagnostics;
using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Channels;

public sealed class EventStreamTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    [Fact]
    public async Task Read_OfStoredRecords_SendsHeadersBatchAndEnd()
    {
        string id = await server.TalkAsync("one", "two", "!turn-complete", "%");

        await using EventReader reader = await OpenAsync(id, ("Timeout-Seconds", "1"));

        Assert.Equal(HttpStatusCode.OK, reader.Response.StatusCode);
        Assert.Equal("text/event-stream", reader.Response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("v2", reader.Header("X-Stream-Version"));
        Assert.Equal("no", reader.Header("X-Accel-Buffering"));
        Assert.True(reader.Response.Headers.CacheControl is { NoCache: true, NoTransform: true });
        Assert.Null(reader.Header("X-Session-Settled"));
        (List<long> sequences, bool done) = await reader.ReadAllAsync();
        Assert.Equal([0, 1, 2, 3], sequences);
        Assert.True(done);
    }

    [Fact]
    public async Task Read_WritesTheStoredBytesUnchanged()
    {
        string id = await server.TalkAsync("a \"quoted\"\nline", "!turn-complete", "%");

        string text = (await server.SendAsync("GET", Calls.ChannelPath(id, "out"), null, GatewayServer.Key, ("X-Peek-Settled", "1"))).Text;

        long time = JsonElement.Parse(text[text.IndexOf("{\"records", StringComparison.Ordinal)..text.IndexOf("\n\ndata: [DONE]", StringComparison.Ordinal)])
            .GetProperty("tail").GetProperty("timestamp").GetInt64();
        string records = $$$"""
            {"seq_num":0,"timestamp":{{{time}}},"body":"{\"data\":{\"type\":\"text-delta\",\"id\":\"t\",\"delta\":\"a \\u0022quoted\\u0022\\nline\"},\"id\":\"r0\"}"},{"seq_num":1,"timestamp":{{{time}}},"body":"","headers":[["trigger-control","turn-complete"]]},{"seq_num":2,"timestamp":{{{time}}},"body":"\u0000\u0000\u0000\u0000\u0000\u0000\u0000\t","headers":[["","trim"]]}
            """;
        string expected = $"id: 0,2,{records.Length}\nevent: batch\ndata: {{\"records\":[{records}],\"tail\":{{\"seq_num\":3,\"timestamp\":{time}}}}}\n\ndata: [DONE]\n\n";
        Assert.Equal(expected, text);
    }

    [Theory]
    [InlineData(null, new long[] { 0, 1, 2, 3 })]
    [InlineData("0", new long[] { 1, 2, 3 })]
    [InlineData("2", new long[] { 3 })]
    [InlineData("2-7", new long[] { 3 })]
    [InlineData("3", new long[0])]
    [InlineData("0,1,106", new long[] { 0, 1, 2, 3 })]
    [InlineData("-1", new long[] { 0, 1, 2, 3 })]
    [InlineData("abc", new long[] { 0, 1, 2, 3 })]
    [InlineData("", new long[] { 0, 1, 2, 3 })]
    [InlineData("1e1", new long[] { 0, 1, 2, 3 })]
    public async Task Trap22_ZeroIsACursor_AndOddCursorsMeanTheBeginning(string? cursor, long[] expected)
    {
        string id = await server.TalkAsync("a", "b", "c", "!turn-complete");
        (string, string)[] headers = cursor is null ? [("X-Peek-Settled", "1")] : [("X-Peek-Settled", "1"), ("Last-Event-ID", cursor)];

        await using EventReader reader = await OpenAsync(id, headers);

        Assert.Equal(expected, (await reader.ReadAllAsync()).Sequences);
    }

    [Theory]
    [InlineData("99")]
    [InlineData("9223372036854775807")]
    [InlineData("99999999999999999999999999")]
    public async Task Trap21_CursorPastTheTail_IsClampedToTheTail(string cursor)
    {
        string id = await server.TalkAsync("a", "b");
        await using EventReader reader = await OpenAsync(id, ("Last-Event-ID", cursor), ("Timeout-Seconds", "20"));

        await server.SayAsync(id, "c");

        Assert.Equal([2], await reader.ReadThroughAsync(2));
    }

    [Fact]
    public async Task Trap21_CursorOnASessionThatIsNotThere_IsClampedToo()
    {
        string id = Calls.NewId();
        await using EventReader reader = await OpenAsync(id, ("Last-Event-ID", "7"), ("Timeout-Seconds", "20"));
        await server.CreateAsync(id);

        await server.SayAsync(id, "a");

        Assert.Equal([0], await reader.ReadThroughAsync(0));
    }

    [Fact]
    public async Task Read_StartingLatest_SkipsWhatIsThere()
    {
        string id = await server.TalkAsync("a", "b");
        await using EventReader reader = await OpenAsync(id, ("X-Trigger-Stream-Start", "latest"), ("Timeout-Seconds", "20"));

        await server.SayAsync(id, "c");

        Assert.Equal([2], await reader.ReadThroughAsync(2));
    }

    [Fact]
    public async Task Read_StartingLatestWithACursor_FollowsTheCursor()
    {
        string id = await server.TalkAsync("a", "b", "!turn-complete");

        await using EventReader reader = await OpenAsync(id, ("X-Trigger-Stream-Start", "latest"), ("Last-Event-ID", "0"), ("X-Peek-Settled", "1"));

        Assert.Equal([1, 2], (await reader.ReadAllAsync()).Sequences);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("601")]
    [InlineData("abc")]
    [InlineData("1.5")]
    [InlineData("-1")]
    [InlineData("+5")]
    [InlineData("")]
    [InlineData("99999999999")]
    public async Task Read_WithAWrongTimeout_Is400(string seconds)
    {
        string id = await server.TalkAsync();
        string answer = await RawConnection.AskAsync(server, $"GET {Calls.ChannelPath(id, "out")}", "", $"Timeout-Seconds: {seconds}");
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_RecordsRestartTheSilence()
    {
        const int Silence = 2;
        await using var quick = await TemporaryServer.StartAsync(("AgentSessions:Streaming:PingInterval", "00:00:00.8"));
        await quick.Server.CreateAsync("a");
        int heard = 0;

        // On a machine that stalls a window may end before anything was said in it; such a one tells nothing.
        while (heard < 2)
        {
            long asked = Stopwatch.GetTimestamp();
            long said = asked;
            await using EventReader reader = await EventReader.OpenAsync(
                quick.Server, Calls.ChannelPath("a", "out"), GatewayServer.Key, ("Timeout-Seconds", $"{Silence}"));
            SseItem<string>? next = await reader.NextAsync();
            for (int spoken = 0; next?.EventType is "ping" or "batch"; next = await reader.NextAsync())
            {
                if (next.Value.EventType == "batch")
                {
                    heard++;
                    asked = said;
                }
                else if (spoken < 3 && asked == said)
                {
                    // What was said before has come. Three of them are longer than the silence that ends a window.
                    spoken++;
                    said = Stopwatch.GetTimestamp();
                    await quick.Server.SayAsync("a", "more");
                }
            }

            Assert.Equal("[DONE]", next?.Data);
            TimeSpan silence = Stopwatch.GetElapsedTime(asked);
            Assert.True(silence >= TimeSpan.FromSeconds(Silence), $"The window ended {silence} after the last record that came was said.");
        }
    }

    [Fact]
    public async Task Read_WithATokenThatExpires_EndsWithIt_AndIsRefusedThen()
    {
        await using var quick = await TemporaryServer.StartAsync(("AgentSessions:Streaming:PingInterval", "00:00:00.2"));
        await quick.Server.CreateAsync("a");
        await quick.Server.SayAsync("a", "x");
        string token = quick.Server.TokenFor("read:sessions:a");
        await using EventReader reader = await EventReader.OpenAsync(quick.Server, Calls.ChannelPath("a", "out"), token, ("Timeout-Seconds", "600"));
        Assert.Equal("batch", (await reader.NextAsync())?.EventType);
        Assert.Equal("ping", (await reader.NextAsync())?.EventType);

        quick.Server.Clock.Advance(TimeSpan.FromHours(1));
        (_, bool done) = await reader.ReadAllAsync();

        Assert.True(done);
        Assert.Equal(HttpStatusCode.Unauthorized, (await quick.Server.SendAsync("GET", Calls.ChannelPath("a", "out"), null, token)).Status);
    }

    [Fact]
    public async Task Read_InSilence_SendsPingsWithTheTail()
    {
        await using var quick = await TemporaryServer.StartAsync(("AgentSessions:Streaming:PingInterval", "00:00:00.2"));
        await quick.Server.CreateAsync("a");
        await quick.Server.SayAsync("a", "x");
        await using EventReader reader = await EventReader.OpenAsync(quick.Server, Calls.ChannelPath("a", "out"));

        Assert.Equal("batch", (await reader.NextAsync())?.EventType);
        var ping = await reader.NextAsync();

        Assert.Equal("ping", ping?.EventType);
        JsonElement json = JsonElement.Parse(ping!.Value.Data);
        Assert.True(json.GetProperty("timestamp").GetInt64() > 0);
        Assert.Equal(1, json.GetProperty("tail").GetProperty("seq_num").GetInt64());
    }

    [Fact]
    public async Task Read_OfAnEmptyWindow_EndsWithTheMarker()
    {
        await using EventReader reader = await OpenAsync(Calls.NewId(), ("Timeout-Seconds", "1"));

        (List<long> sequences, bool done) = await reader.ReadAllAsync();

        Assert.Empty(sequences);
        Assert.True(done);
    }

    [Fact]
    public async Task Read_OfAnUnknownFriendlyId_Is404()
    {
        Answer answer = await server.SendAsync("GET", Calls.ChannelPath("session_doesnotexist000000000", "out"));
        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        Assert.Equal("false", answer.Header("x-should-retry"));
    }

    [Fact]
    public async Task Read_ByEitherId_SeesTheSameStream()
    {
        string id = Calls.NewId();
        string friendly = (await server.CreateAsync(id)).GetProperty("id").GetString()!;
        await server.SayAsync(id, "a", "!turn-complete");

        foreach (string form in new[] { id, friendly })
        {
            await using EventReader reader = await OpenAsync(form, ("X-Peek-Settled", "1"));
            Assert.Equal([0, 1], (await reader.ReadAllAsync()).Sequences);
        }
    }

    [Fact]
    public async Task Read_ByManyReaders_GivesEachEveryRecordOnce()
    {
        string id = await server.TalkAsync();
        EventReader[] readers = await Task.WhenAll(Enumerable.Range(0, 25).Select(_ => OpenAsync(id, ("Timeout-Seconds", "20"))));
        for (int i = 0; i < 50; i++)
        {
            await server.SayAsync(id, $"n{i}");
        }

        foreach (EventReader reader in readers)
        {
            Assert.Equal(Enumerable.Range(0, 50).Select(static i => (long)i), await reader.ReadThroughAsync(49));
            await reader.DisposeAsync();
        }
    }

    [Fact]
    public async Task Read_WhenTheStoreFails_SendsErrorAndClosesWithoutTheEnd()
    {
        await using var broken = await TemporaryServer.StartAsync();
        await broken.Server.CreateAsync("a");
        await broken.Server.SayAsync("a", "x");
        broken.Server.Store.ReadFailure = new StoreUnavailableException("disk on fire at /var/secret");

        await using EventReader reader = await EventReader.OpenAsync(broken.Server, Calls.ChannelPath("a", "out"));

        var error = await reader.NextAsync();
        Assert.Equal("error", error?.EventType);
        Assert.DoesNotContain("secret", error!.Value.Data, StringComparison.Ordinal);
        Assert.Null(await reader.NextAsync());
    }

    [Fact]
    public async Task Read_WhenTheServerStops_IsClosedWithoutTheEnd()
    {
        await using var stopping = await TemporaryServer.StartAsync();
        await using EventReader reader = await EventReader.OpenAsync(stopping.Server, Calls.ChannelPath("a", "out"));

        await stopping.Server.StopAsync().WaitAsync(TimeSpan.FromSeconds(60));

        (List<long> sequences, bool done) = await reader.ReadAllAsync();
        Assert.Empty(sequences);
        Assert.False(done);
    }

    [Fact]
    public async Task Head_AnswersWithoutBody()
    {
        string id = await server.TalkAsync();
        foreach (string io in new[] { "in", "out", "channels/x/out" })
        {
            Answer answer = await server.SendAsync("HEAD", Calls.ChannelPath(id, io));
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            Assert.Equal("0", answer.Header("X-Last-Chunk-Index"));
        }
    }

    private Task<EventReader> OpenAsync(string id, params (string Name, string Value)[] headers) =>
        EventReader.OpenAsync(server, Calls.ChannelPath(id, "out"), GatewayServer.Key, headers);
}
