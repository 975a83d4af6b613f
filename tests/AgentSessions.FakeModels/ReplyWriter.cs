using System.Net.Sockets;
using System.Text;

namespace AgentSessions.FakeModels;

/// <summary>Puts a reply on the wire byte by byte, so that a cut can fall anywhere.</summary>
internal static class ReplyWriter
{
    /// <returns>False when the reply was cut.</returns>
    public static async Task<bool> WriteAsync(Socket socket, FakeReply reply, Task clientGone, CancellationToken cancellationToken)
    {
        int left = reply.CutAfterWireBytes ?? int.MaxValue;
        async Task<bool> SendAsync(byte[] bytes)
        {
            int count = Math.Min(left, bytes.Length);
            for (int sent = 0; sent < count;)
            {
                sent += await socket.SendAsync(bytes.AsMemory(sent, count - sent), cancellationToken);
            }

            left -= count;
            return left > 0 || reply.CutAfterWireBytes is null;
        }

        // A reply that begins with a wait is silent altogether: not even the status line is sent.
        bool headSent = false;
        foreach (FakeStep step in reply.Steps)
        {
            switch (step)
            {
                case WaitStep wait:
                    await Task.WhenAny(wait.Gate, clientGone).WaitAsync(cancellationToken);
                    break;
                case SendStep send:
                    if ((!headSent && !await SendAsync(Head(reply))) || !await SendAsync(Frame(reply, send.Bytes)))
                    {
                        return false;
                    }

                    headSent = true;
                    break;
            }
        }

        return (headSent || await SendAsync(Head(reply))) && await SendAsync(Tail(reply));
    }

    public static byte[] Head(FakeReply reply)
    {
        StringBuilder head = new($"HTTP/1.1 {reply.Status} Fake\r\nConnection: close\r\n");
        if (reply.ContentType is not null)
        {
            head.Append($"Content-Type: {reply.ContentType}\r\n");
        }

        foreach ((string name, string value) in reply.Headers)
        {
            head.Append($"{name}: {value}\r\n");
        }

        head.Append(reply.Framing switch
        {
            ReplyFraming.Chunked => "Transfer-Encoding: chunked\r\n",
            ReplyFraming.Length => $"Content-Length: {reply.Steps.OfType<SendStep>().Sum(s => s.Bytes.Length)}\r\n",
            _ => "",
        });
        return Encoding.ASCII.GetBytes(head.Append("\r\n").ToString());
    }

    public static byte[] Frame(FakeReply reply, byte[] bytes) => reply.Framing == ReplyFraming.Chunked && bytes.Length > 0
        ? [.. Encoding.ASCII.GetBytes($"{bytes.Length:x}\r\n"), .. bytes, .. "\r\n"u8]
        : bytes;

    public static byte[] Tail(FakeReply reply) => reply.Framing == ReplyFraming.Chunked ? [.. "0\r\n\r\n"u8] : [];
}
