using System.IO.Pipelines;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace AgentSessions.Gateway.Connections;

/// <summary>Lets clear-text HTTP/1.1 and HTTP/2 share one port: the server chooses by TLS' application protocol, so it is told one.</summary>
/// <remarks>
/// The direct-write sink needs both on one address (wire document, section 11). Connections that send nothing are cut here, because the
/// server's own time limits only start behind this.
/// </remarks>
internal sealed class PriorKnowledgeHttp2(ConnectionDelegate next, TimeSpan patience)
{
    public async Task OnConnectionAsync(ConnectionContext connection)
    {
        // A connection with TLS has chosen already.
        if (connection.Features.Get<ITlsConnectionFeature>() is null)
        {
            switch (await SniffAsync(connection))
            {
                case null:
                    return;
                case true:
                    var protocol = new ChosenProtocol();
                    connection.Features.Set<ITlsConnectionFeature>(protocol);
                    connection.Features.Set<ITlsApplicationProtocolFeature>(protocol);
                    break;
            }
        }

        await next(connection);
    }

    /// <summary>Looks at the first bytes and leaves them where they are. Null: the client left or said nothing.</summary>
    private async ValueTask<bool?> SniffAsync(ConnectionContext connection)
    {
        PipeReader input = connection.Transport.Input;
        CancellationTokenSource? timeout = null;
        try
        {
            while (true)
            {
                if (!input.TryRead(out ReadResult read))
                {
                    timeout ??= NewTimeout(connection);
                    read = await input.ReadAsync(timeout.Token);
                }

                bool? isHttp2 = Http2Preface.IsAtStartOf(read.Buffer);
                bool isOver = read.IsCompleted || read.IsCanceled;

                // Examined nothing: the next reader gets these bytes at once.
                input.AdvanceTo(read.Buffer.Start, isHttp2 is null && !isOver ? read.Buffer.End : read.Buffer.Start);
                if (isHttp2 is not null && !read.Buffer.IsEmpty)
                {
                    return isHttp2;
                }

                if (isOver)
                {
                    return null;
                }
            }
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        finally
        {
            timeout?.Dispose();
        }
    }

    private CancellationTokenSource NewTimeout(ConnectionContext connection)
    {
        var timeout = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        timeout.CancelAfter(patience);
        return timeout;
    }

    /// <summary>What TLS would have said if there were TLS.</summary>
    private sealed class ChosenProtocol : ITlsConnectionFeature, ITlsApplicationProtocolFeature
    {
        private static readonly byte[] _http2 = "h2"u8.ToArray();

        public X509Certificate2? ClientCertificate { get; set; }

        public ReadOnlyMemory<byte> ApplicationProtocol => _http2;

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);
    }
}
