using System.Text;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Hostile;

/// <summary>Bodies sent in chunks: odd but right ones, some that nobody can tell the end of, and some that never end.</summary>
internal static class HostileChunks
{
    private const string End = "0\r\n\r\n";

    private static readonly string[] _extensions = ["", "", "", ";a", ";a=b", ";a=\"b;c\"", ";" + "x=y;x=y;x=y;x=y;x=y;x=y;x=y;x=y", ";0"];

    /// <summary>What stands behind a body counts for nothing, whatever it is called.</summary>
    private static readonly string[] _trailers =
    [
        "", "", "X-Checked: yes\r\n", $"Authorization: Bearer {GatewayServer.Key}\r\n", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Host: evil.example\r\n", "X-Part-Id: late\r\n",
        "Last-Event-ID: 1\r\nTimeout-Seconds: 9\r\n", "Content-Type: application/json\r\n",
    ];

    private static readonly string[] _notSizes =
        ["zz", "-1", "0x5", "", "5 5", "+5", "5,", "g", "\u00b2", "\0", "ffffffffffffffff", "7fffffffffffffff", "80000000", "ffffffffff", "5;a\nb", "5\n"];

    /// <summary>A body in chunks of any size, with all that may stand beside them.</summary>
    public static byte[] Whole(Random random, byte[] body)
    {
        using var chunks = new MemoryStream();
        for (int sent = 0; sent < body.Length;)
        {
            int size = Math.Min(random.Next(3) == 0 ? 1 : random.Next(1, 4000), body.Length - sent);
            string number = random.Next(4) == 0 ? $"000{size:X}" : $"{size:x}";
            chunks.Write(Encoding.Latin1.GetBytes($"{number}{Pick(random, _extensions)}\r\n"));
            chunks.Write(body.AsSpan(sent, size));
            chunks.Write("\r\n"u8);
            sent += size;
        }

        chunks.Write(Encoding.Latin1.GetBytes($"0{Pick(random, _extensions)}\r\n{Pick(random, _trailers)}\r\n"));
        return chunks.ToArray();
    }

    /// <summary>Chunks of which it cannot be told where the next request begins.</summary>
    public static byte[] Broken(Random random, byte[] body)
    {
        string text = Encoding.Latin1.GetString(body);
        return Encoding.Latin1.GetBytes(random.Next(5) switch
        {
            0 => $"{Pick(random, _notSizes)}\r\n{text}\r\n{End}",
            1 => $"1\r\n{text}xx\r\n{End}",
            2 => $"{body.Length:x}\r\n{text}{End}",
            3 => $"{body.Length:x}\r\n{text}\r\n{Pick(random, ["", "0", "0\r\nno trailer\r\n"])}",
            _ => $"{body.Length:x}\n{text}\n0\n\n",
        });
    }

    /// <summary>Chunks whose end never comes.</summary>
    public static byte[] Cut(Random random, byte[] body)
    {
        string text = Encoding.Latin1.GetString(body);
        return Encoding.Latin1.GetBytes(random.Next(4) switch
        {
            0 => $"{body.Length + random.Next(1, 100):x}\r\n{text}",
            1 => $"{body.Length:x}\r\n{text}\r\n",
            2 => $"{body.Length:x}\r\n{text}\r\n0\r\nX-Half: tr",
            _ => $"{body.Length:x}{Pick(random, ["", ";a", "\r"])}",
        });
    }

    private static string Pick(Random random, string[] choices) => choices[random.Next(choices.Length)];
}
