using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AgentSessions.Gateway.Tests.Hostile;

/// <summary>What came back: the status, or 0 where the server closed without one, and headers and body as text.</summary>
internal readonly record struct HostileAnswer(int Status, string Text);

/// <summary>Sends bytes that no HTTP client would and reads what comes back, over one connection while the server keeps it.</summary>
internal sealed class HostileConnection(IPEndPoint address) : IDisposable
{
    /// <summary>Longer than any answer may take; an answer that does not come by then is a hang.</summary>
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    private readonly byte[] _buffer = new byte[64 * 1024];
    private Socket? _socket;
    private StringBuilder _text = new();

    /// <exception cref="TimeoutException">The server neither answered nor closed.</exception>
    public async Task<HostileAnswer> AskAsync(byte[] request, bool isHead)
    {
        try
        {
            if (_socket is null)
            {
                _socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await _socket.ConnectAsync(address);
            }

            _text = new StringBuilder();
            Task sending = SendAsync(request);
            int status = await ReadAsync(isHead).WaitAsync(_limit);
            await sending.WaitAsync(_limit);
            return new HostileAnswer(status, _text.ToString());
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            // Cut: an answer to a request that could not be finished.
            Dispose();
            return new HostileAnswer(0, _text.ToString());
        }
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _socket = null;
    }

    private async Task SendAsync(byte[] request)
    {
        for (int sent = 0; sent < request.Length;)
        {
            sent += await _socket!.SendAsync(request.AsMemory(sent));
        }
    }

    private async Task<int> ReadAsync(bool isHead)
    {
        int end;
        while ((end = _text.ToString().IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0)
        {
            await MoreAsync();
        }

        string head = _text.ToString(0, end);
        int status = int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture);
        bool closes = head.Contains("Connection: close", StringComparison.OrdinalIgnoreCase);
        if (status == 100)
        {
            _text.Remove(0, end + 4);
            return await ReadAsync(isHead);
        }

        bool isOpenEnded = head.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);
        if (!isHead && !isOpenEnded && status is not (204 or 304))
        {
            await ReadBodyAsync(head, end + 4);
        }

        if (closes || (isOpenEnded && !isHead))
        {
            Dispose();
        }

        return status;
    }

    private async Task ReadBodyAsync(string head, int start)
    {
        const string Length = "Content-Length: ";
        int place = head.IndexOf(Length, StringComparison.OrdinalIgnoreCase);
        if (place >= 0)
        {
            int stop = head.IndexOf('\r', place);
            int length = int.Parse(head.AsSpan(place + Length.Length, (stop < 0 ? head.Length : stop) - place - Length.Length), CultureInfo.InvariantCulture);
            while (_text.Length < start + length)
            {
                await MoreAsync();
            }
        }
        else
        {
            while (!_text.ToString().EndsWith("0\r\n\r\n", StringComparison.Ordinal))
            {
                await MoreAsync();
            }
        }
    }

    private async Task MoreAsync()
    {
        int read = await _socket!.ReceiveAsync(_buffer.AsMemory());
        _text.Append(read > 0 ? Encoding.Latin1.GetString(_buffer, 0, read) : throw new IOException("Closed."));
    }
}
