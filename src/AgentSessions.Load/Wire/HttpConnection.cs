using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace AgentSessions.Load.Wire;

/// <summary>One HTTP/1.1 connection: a request, its head, its body, the next request.</summary>
/// <remarks>
/// Reads take no cancellation token, since registering one for each read costs more than the read; whoever wants to stop
/// disposes the connection, which fails the read that is waiting.
/// </remarks>
internal sealed class HttpConnection : IDisposable
{
    // Small, so that ten thousand idle readers stay cheap; doubled for a reader whose reads fill it, up to the busy size.
    private const int FirstBufferBytes = 4 * 1024;
    private const int BusyBufferBytes = 64 * 1024;

    private readonly Stream _stream;
    private byte[] _buffer = new byte[FirstBufferBytes];
    private int _filled;
    private bool _busy;
    private BodyDecoder _body;

    private HttpConnection(Stream stream) => _stream = stream;

    /// <summary>Whether the body was read to its end and the server leaves the connection open.</summary>
    public bool Reusable { get; private set; }

    public static async ValueTask<HttpConnection> OpenAsync(Uri address, CancellationToken cancellationToken)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            EndPoint end = IPAddress.TryParse(address.Host.Trim('[', ']'), out IPAddress? ip)
                ? new IPEndPoint(ip, address.Port)
                : new DnsEndPoint(address.Host, address.Port);
            await socket.ConnectAsync(end, cancellationToken).ConfigureAwait(false);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            return new HttpConnection(address.Scheme == Uri.UriSchemeHttps ? await SecureAsync(stream, address, cancellationToken).ConfigureAwait(false) : stream);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request and reads the head of its response.</summary>
    public async ValueTask<ResponseHead> SendAsync(ReadOnlyMemory<byte> request)
    {
        Reusable = false;
        _filled = 0;
        await _stream.WriteAsync(request).ConfigureAwait(false);
        while (true)
        {
            await FillAsync().ConfigureAwait(false);
            int end = _buffer.AsSpan(0, _filled).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                return TakeHead(end + 4);
            }
        }
    }

    /// <summary>The body bytes that are there and not yet released.</summary>
    public ReadOnlySpan<byte> Body => _buffer.AsSpan(0, _filled);

    /// <summary>Forgets leading body bytes.</summary>
    public void Release(int count)
    {
        if (count > 0)
        {
            _buffer.AsSpan(count, _filled - count).CopyTo(_buffer);
            _filled -= count;
        }
    }

    /// <summary>Waits for more of the body.</summary>
    /// <returns>False when the body has ended; what <see cref="Body"/> holds stays.</returns>
    /// <exception cref="IOException">The connection ended first.</exception>
    public async ValueTask<bool> ReadMoreAsync()
    {
        if (_body.Done)
        {
            return false;
        }

        int before = _filled;
        try
        {
            await FillAsync().ConfigureAwait(false);
        }
        catch (EndOfStreamException) when (_body.EndsWithConnection)
        {
            return false;
        }

        _filled = before + _body.Decode(_buffer.AsSpan(before, _filled - before));
        return true;
    }

    public void Dispose() => _stream.Dispose();

    private static async ValueTask<Stream> SecureAsync(Stream stream, Uri address, CancellationToken cancellationToken)
    {
        SslStream secure = new(stream);
        await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.Host }, cancellationToken).ConfigureAwait(false);
        return secure;
    }

    private ResponseHead TakeHead(int length)
    {
        ResponseHead head = ResponseHead.Parse(_buffer.AsSpan(0, length));
        Release(length);
        _body = new BodyDecoder(head);
        _filled = _body.Decode(_buffer.AsSpan(0, _filled));
        Reusable = head.KeepAlive;
        return head;
    }

    private async ValueTask FillAsync()
    {
        if (_filled == _buffer.Length || (_busy && _buffer.Length < BusyBufferBytes))
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        int read = await _stream.ReadAsync(_buffer.AsMemory(_filled)).ConfigureAwait(false);
        if (read == 0)
        {
            throw new EndOfStreamException("The server closed the connection.");
        }

        _filled += read;
        _busy = _filled == _buffer.Length;
    }
}
