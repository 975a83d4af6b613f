using System.Buffers;
using System.Net;
using System.Net.Sockets;
using AgentSessions.Gateway.Connections;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Connections;

public sealed class ConnectionTests
{
    // Half a megabyte each.
    private const int Records = 40;

    [Theory]
    [InlineData("", null)]
    [InlineData("P", null)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r", null)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", true)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nmore", true)]
    [InlineData("POST / HTTP/1.1", false)]
    [InlineData("PRI * HTTP/1.1\r\n", false)]
    [InlineData("\u0016\u0003\u0001", false)]
    public void Preface_IsToldAsSoonAsItIsCertain(string bytes, bool? isHttp2)
    {
        byte[] all = System.Text.Encoding.Latin1.GetBytes(bytes);
        Assert.Equal(isHttp2, Http2Preface.IsAtStartOf(new ReadOnlySequence<byte>(all)));
    }

    [Fact]
    public async Task OnePort_SpeaksBothProtocols()
    {
        await using var own = await TemporaryServer.StartAsync();
        await own.Server.CreateAsync("a");
        foreach (Version version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            using HttpRequestMessage request = Calls.NewRequest("GET", Calls.SessionPath("a"), null, GatewayServer.Key);
            request.Version = version;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
            using HttpResponseMessage response = await own.Server.Http.SendAsync(request);
            Assert.Equal((HttpStatusCode.OK, version), (response.StatusCode, response.Version));
        }
    }

    [Theory]
    [InlineData("X-User: Jos\u00e9")]
    [InlineData("X-Part-Id: \u00e9\u00e8")]
    public async Task Header_InLatin1_IsTaken(string header)
    {
        await using var own = await TemporaryServer.StartAsync();
        await own.Server.CreateAsync("a");
        using RawConnection connection = await RawConnection.OpenAsync(own.Server);
        await connection.SendAsync(
            $"POST /realtime/v1/sessions/a/in/append HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {GatewayServer.Key}\r\n{header}\r\n"
            + "Content-Length: 2\r\nConnection: close\r\n\r\n{}");
        Assert.Contains("{\"ok\":true,\"seq\":0}", await connection.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WarnsOfNothing()
    {
        await using var own = await TemporaryServer.StartAsync();
        Assert.DoesNotContain(own.Server.Logs.Lines, static line => line.StartsWith("Warning", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("PRI * HT")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")]
    public async Task Connection_ThatKeepsTheServerWaiting_IsCut(string start)
    {
        await using var own = await TemporaryServer.StartAsync(("AgentSessions:Connections:HeadersTimeout", "00:00:00.5"));
        using RawConnection connection = await RawConnection.OpenAsync(own.Server);
        try
        {
            await connection.SendAsync(start);
        }
        catch (IOException)
        {
            // It was cut before this was sent.
        }

        string answer = await connection.ReadToEndAsync();
        Assert.DoesNotContain("HTTP/1.1 200", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_SplitIntoSingleBytes_IsServed()
    {
        await using var own = await TemporaryServer.StartAsync();
        using RawConnection connection = await RawConnection.OpenAsync(own.Server);
        connection.Socket.NoDelay = true;
        foreach (char letter in "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        {
            await connection.SendAsync(letter.ToString());
        }

        Assert.StartsWith("HTTP/1.1 200 ", await connection.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Caller_WhoLeavesInTheMiddleOfABody_IsNoError()
    {
        await using var own = await TemporaryServer.StartAsync();
        await own.Server.CreateAsync("a");
        using (RawConnection connection = await RawConnection.OpenAsync(own.Server))
        {
            await connection.SendAsync(
                $"POST {Calls.ChannelPath("a", "in/append")} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {GatewayServer.Key}\r\n"
                + "Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n");
            await connection.ReadUntilAsync("100 Continue\r\n\r\n");
            // A reset, and no goodbye before it.
            connection.Socket.LingerState = new LingerOption(true, 0);
            connection.Socket.Close();
        }

        await own.Server.StopAsync();

        Assert.DoesNotContain(own.Server.Logs.Lines, static line => line.Contains("A request failed unexpectedly", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reader_ThatNeverReads_IsCut_AndOthersGetEverything()
    {
        await using var own = await TemporaryServer.StartAsync(("AgentSessions:Streaming:WriteTimeout", "00:00:05"));
        GatewayServer server = own.Server;
        await server.CreateAsync("a");
        using RawConnection stuck = await OpenStuckAsync(server, Calls.ChannelPath("a", "out"));
        await using EventReader reader = await EventReader.OpenAsync(server, Calls.ChannelPath("a", "out"));

        Task<List<long>> all = reader.ReadThroughAsync(Records - 1);
        await FloodAsync(server);
        Assert.Equal(Records, (await all).Count);

        // Nothing is read until the server has given up: then what was buffered ends without the stream's end.
        await WaitUntilCutAsync(stuck);
    }

    [Theory]
    [InlineData("out")]
    [InlineData("out/records")]
    public async Task Reader_ThatNeverReads_DoesNotHoldUpTheServersStop(string path)
    {
        await using var own = await TemporaryServer.StartAsync(
            ("AgentSessions:Connections:StopTimeout", "00:00:00.2"), ("AgentSessions:Streaming:WriteTimeout", "00:10:00"));
        await own.Server.CreateAsync("a");
        await FloodAsync(own.Server);
        using RawConnection stuck = await OpenStuckAsync(own.Server, Calls.ChannelPath("a", path));

        // When one who came later has everything, the stuck one has long filled its buffers.
        await using (EventReader reader = await EventReader.OpenAsync(own.Server, Calls.ChannelPath("a", "out")))
        {
            await reader.ReadThroughAsync(Records - 1);
        }

        // The host gives all that stops 30 s.
        await own.Server.StopAsync().WaitAsync(TimeSpan.FromSeconds(20));

        await WaitUntilCutAsync(stuck);
    }

    /// <summary>Asks for an answer, and reads only how it begins.</summary>
    private static async Task<RawConnection> OpenStuckAsync(GatewayServer server, string path)
    {
        RawConnection stuck = await RawConnection.OpenAsync(server);
        stuck.Socket.ReceiveBufferSize = 4096;
        await stuck.SendAsync($"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {GatewayServer.Key}\r\n\r\n");
        await stuck.ReadUntilAsync("Content-Type: ");
        return stuck;
    }

    /// <summary>More than all buffers of a connection hold.</summary>
    private static async Task FloodAsync(GatewayServer server)
    {
        for (int i = 0; i < Records; i++)
        {
            await server.SayAsync("a", new string('x', 500_000));
        }
    }

    private static async Task WaitUntilCutAsync(RawConnection connection)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        byte[] ping = "x"u8.ToArray();
        while (true)
        {
            limit.Token.ThrowIfCancellationRequested();
            try
            {
                // A reset shows itself to a writer, though the reader has not looked.
                await connection.Stream.WriteAsync(ping, limit.Token);
            }
            catch (Exception exception) when (exception is IOException or SocketException)
            {
                return;
            }

            await Task.Yield();
        }
    }
}
