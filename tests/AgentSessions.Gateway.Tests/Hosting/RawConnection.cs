using System.Net.Sockets;
using System.Text;

namespace AgentSessions.Gateway.Tests.Hosting;

/// <summary>A TCP connection for requests that no HTTP client would send.</summary>
internal sealed class RawConnection : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    private readonly TcpClient _client;

    private RawConnection(TcpClient client)
    {
        _client = client;
        Stream = client.GetStream();
    }

    public NetworkStream Stream { get; }

    public Socket Socket => _client.Client;

    public static async Task<RawConnection> OpenAsync(GatewayServer server)
    {
        var client = new TcpClient();
        await client.ConnectAsync(server.Address);
        return new RawConnection(client);
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(byte[] bytes) => await Stream.WriteAsync(bytes);

    /// <summary>Everything up to the moment the server closes.</summary>
    public async Task<string> ReadToEndAsync()
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[8192];
        try
        {
            while (await Stream.ReadAsync(buffer).AsTask().WaitAsync(_limit) is > 0 and int read)
            {
                text.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }
        }
        catch (IOException)
        {
            // Cut instead of closed.
        }

        return text.ToString();
    }

    /// <summary>Reads until a text has come.</summary>
    public async Task<string> ReadUntilAsync(string wanted)
    {
        var text = new StringBuilder();
        byte[] next = new byte[1];
        while (text.Length < wanted.Length || text.ToString(text.Length - wanted.Length, wanted.Length) != wanted)
        {
            int read = await Stream.ReadAsync(next).AsTask().WaitAsync(_limit);
            Assert.True(read > 0, $"The connection was closed before '{wanted}': {text}");
            text.Append((char)next[0]);
        }

        return text.ToString();
    }

    /// <summary>Sends one request that asks to close, and reads the answer.</summary>
    public static async Task<string> AskAsync(GatewayServer server, string requestLine, string body = "", params string[] headers)
    {
        using RawConnection connection = await OpenAsync(server);
        string all = string.Concat(headers.Select(static header => header + "\r\n"));
        await connection.SendAsync(
            $"{requestLine} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {GatewayServer.Key}\r\n{all}{(body.Length > 0 ? $"Content-Length: {body.Length}\r\n" : "")}\r\n{body}");
        return await connection.ReadToEndAsync();
    }

    public void Dispose() => _client.Dispose();
}
