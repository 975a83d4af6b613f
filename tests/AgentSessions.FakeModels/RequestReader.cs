using System.Net.Sockets;
using System.Text;

namespace AgentSessions.FakeModels;

/// <summary>Reads one HTTP/1.1 request from a socket: Content-Length and chunked bodies.</summary>
internal static class RequestReader
{
    public static async Task<FakeRequest?> ReadAsync(Socket socket, CancellationToken cancellationToken)
    {
        using MemoryStream bytes = new();
        byte[] buffer = new byte[16 * 1024];
        async Task<bool> MoreAsync()
        {
            int count = await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            bytes.Write(buffer, 0, count);
            return count > 0;
        }

        int bodyStart;
        while ((bodyStart = bytes.GetBuffer().AsSpan(0, (int)bytes.Length).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (!await MoreAsync())
            {
                return null;
            }
        }

        bodyStart += 4;
        string[] lines = Encoding.ASCII.GetString(bytes.GetBuffer(), 0, bodyStart).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        foreach (string line in lines.Skip(1))
        {
            int colon = line.IndexOf(':');
            string name = line[..colon], value = line[(colon + 1)..].Trim();
            headers[name] = headers.TryGetValue(name, out string? earlier) ? $"{earlier}, {value}" : value;
        }

        byte[] Rest() => bytes.GetBuffer().AsSpan(bodyStart, (int)bytes.Length - bodyStart).ToArray();
        byte[]? body;
        if (headers.TryGetValue("Transfer-Encoding", out string? coding) && coding.Contains("chunked", StringComparison.OrdinalIgnoreCase))
        {
            while ((body = Dechunk(Rest())) is null)
            {
                if (!await MoreAsync())
                {
                    return null;
                }
            }
        }
        else
        {
            int length = int.Parse(headers.GetValueOrDefault("Content-Length", "0"));
            while (bytes.Length - bodyStart < length)
            {
                if (!await MoreAsync())
                {
                    return null;
                }
            }

            body = Rest();
        }

        string[] start = lines[0].Split(' ');
        string[] target = start[1].Split('?', 2);
        return new FakeRequest(start[0], target[0], target.ElementAtOrDefault(1) ?? "", headers, Encoding.UTF8.GetString(body), WatchAsync(socket, cancellationToken));
    }

    private static byte[]? Dechunk(ReadOnlySpan<byte> wire)
    {
        List<byte> body = [];
        while (true)
        {
            int line = wire.IndexOf("\r\n"u8);
            if (line < 0)
            {
                return null;
            }

            int length = Convert.ToInt32(Encoding.ASCII.GetString(wire[..line]), 16);
            wire = wire[(line + 2)..];
            if (wire.Length < length + 2)
            {
                return null;
            }

            if (length == 0)
            {
                return [.. body];
            }

            body.AddRange(wire[..length]);
            wire = wire[(length + 2)..];
        }
    }

    private static async Task WatchAsync(Socket socket, CancellationToken cancellationToken)
    {
        try
        {
            byte[] one = new byte[1];
            while (await socket.ReceiveAsync(one.AsMemory(), cancellationToken) > 0)
            {
                // The fake answers one request per connection; whatever else arrives is not read.
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Gone all the same.
        }
    }
}
