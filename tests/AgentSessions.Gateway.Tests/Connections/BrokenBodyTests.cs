using System.Net;
using System.Net.Sockets;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Connections;

/// <summary>Requests that do not come whole are never answered as if what they ask for had been done.</summary>
public sealed class BrokenBodyTests
{
    [Theory]
    [InlineData("7fffffffffffffff")]
    [InlineData("80000000")]
    [InlineData("zz")]
    public async Task Append_OfAChunkWithABrokenSize_IsRefused(string size)
    {
        await using TemporaryServer own = await TemporaryServer.StartAsync();
        string id = Calls.NewId();
        await own.Server.CreateAsync(id);
        using RawConnection caller = await RawConnection.OpenAsync(own.Server);

        await caller.SendAsync(
            $"POST {Calls.ChannelPath(id, "in/append")} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {GatewayServer.Key}\r\n"
            + $"Transfer-Encoding: chunked\r\n\r\n{size}\r\nsecond\r\n0\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", await caller.ReadToEndAsync());
        Assert.DoesNotContain("second", (await own.Server.SendAsync("GET", Calls.ChannelPath(id, "in/records"))).Text);
    }

    [Fact]
    public async Task Append_OfACallerWhoStopsSending_IsNotAnsweredAsIfItWereStored()
    {
        await using TemporaryServer own = await TemporaryServer.StartAsync();
        GatewayServer server = own.Server;
        string id = Calls.NewId();
        await server.CreateAsync(id);
        var gate = new TaskCompletionSource();
        server.Store.Gate = gate.Task;
        Task<Answer> first = server.SendAsync("POST", Calls.ChannelPath(id, "in/append"), "first");
        using RawConnection caller = await RawConnection.OpenAsync(server);
        await caller.SendAsync(
            $"POST {Calls.ChannelPath(id, "in/append")} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {GatewayServer.Key}\r\nContent-Length: 6\r\n\r\nsecond");

        // It waits behind the first one, and is given up.
        caller.Socket.Shutdown(SocketShutdown.Send);

        Assert.Equal("", await caller.ReadToEndAsync());
        gate.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await first).Status);
        Assert.DoesNotContain("second", (await server.SendAsync("GET", Calls.ChannelPath(id, "in/records"))).Text);
    }
}
