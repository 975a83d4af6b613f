using System.Net.Sockets;
using System.Text.Json;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.Gateway.Tests.Puffle;
using AgentSessions.Gateway.Tests.Stagent;

namespace AgentSessions.Gateway.Tests.Connections;

/// <summary>Readers of the chat APIs' streams that are slow, or never read: they cost their own connection and nothing else.</summary>
public sealed class StuckReaderTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task StagentReader_ThatNeverReads_IsCut_AndWhatWasSaidIsKept()
    {
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync(("AgentSessions:Stagent:WriteTimeout", "00:00:01"));
        StagentServer server = handle.Server;
        string id = await server.NewAsync(FloodAgent.Name);
        using RawConnection stuck = await OpenAsync(server, $"{StagentCalls.Conversations}/{id}/messages", new { content = FloodAgent.Flood });

        List<JsonElement> other = await server.ChatAsync(await server.NewAsync("echo"), new { content = "hi" });

        Assert.Equal("You said: hi", StagentCalls.TextOf(other));
        await CutAsync(stuck);

        // It counts as gone, which stops its turn, unless that was over before.
        IReadOnlyList<Row> rows = await server.UntilAsync(id, static rows => rows is [_, { Status: "complete" }]);
        Assert.InRange(rows[1].Content.Length, 1, FloodAgent.Length);
        Assert.Equal("short", StagentCalls.TextOf(await server.ChatAsync(id, new { content = "short" })));
    }

    [Fact]
    public async Task PuffleReader_ThatNeverReads_IsCut_AndItsTurnIsStopped()
    {
        await using PuffleServer server = await PuffleServer.NewAsync(("AgentSessions:Streaming:WriteTimeout", "00:00:01"));
        using RawConnection stuck = await OpenAsync(
            server, $"{PuffleCalls.Chat}/stream", PuffleCalls.Ask(FloodAgent.Flood), $"Authorization: Bearer {PuffleServer.Alice}", $"X-Agent-Id: {FloodAgent.Name}");

        (List<JsonElement> other, _) = await ChunkReader.RunAsync(server, PuffleCalls.Ask("hi"));

        Assert.Equal("finish", PuffleCalls.TypeOf(other[^1]));
        await CutAsync(stuck);
        (List<JsonElement> next, _) = await ChunkReader.RunAsync(server, PuffleCalls.Ask("short"), FloodAgent.Name);
        Assert.Contains(next, static chunk => PuffleCalls.TypeOf(chunk) == "text-delta" && chunk.GetProperty("delta").GetString() == "short");
    }

    [Fact]
    public async Task Readers_ThatAreSlow_GetEverything()
    {
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync();
        await using PuffleServer puffle = await PuffleServer.NewAsync();
        string id = await handle.Server.NewAsync(FloodAgent.Name);
        using RawConnection stagentReader = await OpenAsync(handle.Server, $"{StagentCalls.Conversations}/{id}/messages", new { content = FloodAgent.Flood });
        using RawConnection puffleReader = await OpenAsync(
            puffle, $"{PuffleCalls.Chat}/stream", PuffleCalls.Ask(FloodAgent.Flood), $"Authorization: Bearer {PuffleServer.Alice}", $"X-Agent-Id: {FloodAgent.Name}");

        long[] letters = await Task.WhenAll(ReadSlowlyAsync(stagentReader, "\"type\":\"done\""), ReadSlowlyAsync(puffleReader, "data: [DONE]"));

        Assert.All(letters, static count => Assert.Equal(FloodAgent.Length, count));
    }

    /// <summary>Sends a request whose answer is an event stream, and reads its first bytes.</summary>
    private static async Task<RawConnection> OpenAsync(GatewayServer server, string path, object body, params string[] headers)
    {
        RawConnection connection = await RawConnection.OpenAsync(server);
        connection.Socket.ReceiveBufferSize = 64 * 1024;
        string json = JsonSerializer.Serialize(body);
        string all = string.Concat(headers.Select(static header => header + "\r\n"));
        await connection.SendAsync($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{all}Content-Length: {json.Length}\r\n\r\n{json}");
        await connection.ReadUntilAsync("text/event-stream");
        return connection;
    }

    /// <summary>Waits, reading nothing, until the server has given up: a reset shows itself to a writer.</summary>
    private static async Task CutAsync(RawConnection connection)
    {
        using var limit = new CancellationTokenSource(_limit);
        byte[] ping = "x"u8.ToArray();
        while (true)
        {
            try
            {
                await connection.Stream.WriteAsync(ping, limit.Token);
                await Task.Delay(TimeSpan.FromMilliseconds(20), limit.Token);
            }
            catch (Exception exception) when (exception is IOException or SocketException)
            {
                return;
            }
        }
    }

    /// <summary>Reads a little at a time up to the end marker.</summary>
    /// <returns>How many of the flood's letters came.</returns>
    private static async Task<long> ReadSlowlyAsync(RawConnection connection, string end)
    {
        byte[] buffer = new byte[32 * 1024];
        long letters = 0;
        string last = "";
        while (!last.Contains(end, StringComparison.Ordinal))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1));
            int read = await connection.Stream.ReadAsync(buffer).AsTask().WaitAsync(_limit);
            Assert.True(read > 0, "The stream ended without its end.");
            letters += buffer.AsSpan(0, read).Count((byte)FloodAgent.Letter);
            string piece = System.Text.Encoding.Latin1.GetString(buffer, 0, read);
            last = last.Length > 200 ? last[^200..] + piece : last + piece;
        }

        return letters;
    }
}
