using System.Globalization;
using System.Text;

namespace AgentSessions.Server.Tests.PowerCuts;

/// <summary>One call into the system, as strace prints it at its beginning with all text in hexadecimal.</summary>
/// <param name="Name">Which.</param>
/// <param name="Files">The paths of the open files it names.</param>
/// <param name="Texts">The bytes and paths among its arguments.</param>
/// <param name="Numbers">Its other arguments, one for each comma.</param>
internal sealed record TracedCall(string Name, IReadOnlyList<string> Files, IReadOnlyList<byte[]> Texts, IReadOnlyList<string> Numbers)
{
    /// <summary>The open file it works on.</summary>
    public string File => Files[0];

    /// <summary>The paths among its arguments.</summary>
    public string Path(int index) => Encoding.UTF8.GetString(Texts[index]);

    /// <summary>An argument that is a number.</summary>
    public long Number(int index) => long.Parse(Numbers[index], CultureInfo.InvariantCulture);

    /// <summary>Reads what stands behind the opening bracket.</summary>
    public static TracedCall Read(string name, string arguments)
    {
        List<string> files = [];
        List<byte[]> texts = [];
        var rest = new StringBuilder();
        for (int i = 0; i < arguments.Length && arguments[i] != ')'; i++)
        {
            char mark = arguments[i];
            if (mark is '"' or '<' && arguments[i + 1] is '\\' or '"')
            {
                int end = arguments.IndexOf(mark == '"' ? '"' : '>', i + 1);
                byte[] bytes = Bytes(arguments.AsSpan(i + 1, end - i - 1));
                i = end;
                if (mark == '"')
                {
                    texts.Add(bytes);
                }
                else
                {
                    files.Add(Encoding.UTF8.GetString(bytes));
                }
            }
            else
            {
                rest.Append(mark);
            }
        }

        return new TracedCall(name, files, texts, [.. rest.ToString().Split(',').Select(static number => number.Trim())]);
    }

    /// <summary>Reads <c>\x0a\x0b</c>.</summary>
    private static byte[] Bytes(ReadOnlySpan<char> text)
    {
        const int Width = 4;
        byte[] bytes = new byte[text.Length / Width];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = byte.Parse(text.Slice((i * Width) + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        }

        return bytes;
    }
}
