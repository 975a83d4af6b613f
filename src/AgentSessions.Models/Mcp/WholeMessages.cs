using System.Threading.Channels;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentSessions.Models.Mcp;

/// <summary>
/// A connection over a process's input and output on which a message that was begun is written to its end, whoever gives up on it meanwhile: half a
/// message would take the next one with it.
/// </summary>
internal sealed class WholeMessages(IClientTransport inner) : IClientTransport
{
    public string Name => inner.Name;

    public async Task<ITransport> ConnectAsync(CancellationToken cancellationToken = default) => new WholeMessageConnection(await inner.ConnectAsync(cancellationToken));

    private sealed class WholeMessageConnection(ITransport inner) : ITransport
    {
        private readonly SemaphoreSlim _turn = new(1, 1);

        public string? SessionId => inner.SessionId;

        public ChannelReader<JsonRpcMessage> MessageReader => inner.MessageReader;

        public async Task SendMessageAsync(JsonRpcMessage message, CancellationToken cancellationToken = default)
        {
            await _turn.WaitAsync(cancellationToken);
            Task sending = SendWholeAsync(message);
            _ = sending.ContinueWith(static failed => failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            await sending.WaitAsync(cancellationToken);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();

        private async Task SendWholeAsync(JsonRpcMessage message)
        {
            try
            {
                await inner.SendMessageAsync(message, CancellationToken.None);
            }
            finally
            {
                _turn.Release();
            }
        }
    }
}
