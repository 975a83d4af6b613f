using System.IO.Pipelines;
using System.Text.Json;
using AgentSessions.Models.Mcp;
using Microsoft.Extensions.Configuration;
using ModelContextProtocol.Protocol;

namespace AgentSessions.Models.Tests.Mcp;

public sealed class WholeMessagesTests
{
    [Fact]
    public async Task Message_GivenUpWhileItIsSent_ArrivesWhole_AndOneThatWasNotBegunDoesNot()
    {
        // Who writes waits until everything before was read.
        Pipe toServer = new(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1)), toClient = new();
        var process = new WholeMessages(new StreamClientTransport(toServer.Writer.AsStream(), toClient.Reader.AsStream()));
        await using ITransport transport = await process.ConnectAsync(Clients.Soon);

        await GiveUpAsync(transport, 1);
        await GiveUpAsync(transport, 2);
        Task last = transport.SendMessageAsync(Request(3), Clients.Soon);

        using var lines = new StreamReader(toServer.Reader.AsStream());
        Assert.Equal(1, await NextAsync(lines));
        Assert.Equal(3, await NextAsync(lines));
        await last;
    }

    [Fact]
    public void Process_IsConnectedToSo()
    {
        using var transports = new McpTransports(new ConfigurationBuilder().Build());

        Assert.IsType<WholeMessages>(transports.Create("box", new McpServerOptions { Command = "box" }));
        Assert.IsNotType<WholeMessages>(transports.Create("box", new McpServerOptions { Url = "http://localhost/mcp" }));
    }

    private static async Task GiveUpAsync(ITransport transport, int id)
    {
        using var patience = new CancellationTokenSource();
        Task sending = transport.SendMessageAsync(Request(id), patience.Token);
        Assert.False(sending.IsCompleted);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    private static JsonRpcRequest Request(int id) => new() { Id = new RequestId(id), Method = "ping" };

    private static async Task<int> NextAsync(StreamReader lines) =>
        JsonElement.Parse((await lines.ReadLineAsync(Clients.Soon))!).GetProperty("id").GetInt32();
}
