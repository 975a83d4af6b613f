using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Connections;

/// <summary>Sets the server up for long streams and unfriendly clients. It never says where to listen: <c>--urls</c> does.</summary>
internal sealed class ConnectionSetup(IOptions<ConnectionOptions> options, StopLimit stop) : IConfigureOptions<KestrelServerOptions>, IConfigureOptions<SocketTransportOptions>
{
    // A body this large is never right; routes have smaller limits of their own.
    private const long MaxRequestBodyBytes = 64 * 1024 * 1024;

    public void Configure(KestrelServerOptions server)
    {
        server.AddServerHeader = false;
        server.AllowAlternateSchemes = true;

        // Browsers and Node send an application's own headers as Latin-1. Taken for UTF-8, one accent in them is a 400 that no page can read.
        server.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
        server.Limits.RequestHeadersTimeout = options.Value.HeadersTimeout;
        server.Limits.KeepAliveTimeout = options.Value.KeepAliveTimeout;
        server.Limits.MaxRequestBodySize = MaxRequestBodyBytes;

        // The protocols stay at the server's default, which is both: to name them makes it warn that one of them needs TLS.
        server.ConfigureEndpointDefaults(listen => listen
            .Use(next => connection => stop.OnConnectionAsync(connection, next))
            .Use(next => new PriorKnowledgeHttp2(next, options.Value.HeadersTimeout).OnConnectionAsync));
    }

    public void Configure(SocketTransportOptions transport) => transport.CreateBoundListenSocket = CreateListenSocket;

    private Socket CreateListenSocket(EndPoint endpoint)
    {
        Socket socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        if (OperatingSystem.IsLinux() && endpoint is IPEndPoint)
        {
            SetUserTimeout(socket, options.Value.UnacknowledgedTimeout);
        }

        return socket;
    }

    /// <summary>Accepted sockets inherit it: a peer whose cable was pulled is noticed though it never says goodbye.</summary>
    private static void SetUserTimeout(Socket socket, TimeSpan time)
    {
        const int ProtocolTcp = 6;
        const int TcpUserTimeout = 18;
        Span<byte> milliseconds = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(milliseconds, (int)time.TotalMilliseconds);
        socket.SetRawSocketOption(ProtocolTcp, TcpUserTimeout, milliseconds);
    }
}
