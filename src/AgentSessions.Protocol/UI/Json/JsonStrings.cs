using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>Reads JSON strings that the framework's reader refuses: lone surrogates stay what they are.</summary>
internal static class JsonStrings
{
    /// <param name="element">A string element.</param>
    public static string Get(JsonElement element) => Unescape(JsonMarshal.GetRawUtf8Value(element)[1..^1]);

    public static string Name(JsonProperty property) => Unescape(JsonMarshal.GetRawUtf8PropertyName(property));

    private static string Unescape(ReadOnlySpan<byte> raw)
    {
        int escape = raw.IndexOf((byte)'\\');
        if (escape < 0)
        {
            return Encoding.UTF8.GetString(raw);
        }

        var text = new StringBuilder(raw.Length);
        while (escape >= 0)
        {
            text.Append(Encoding.UTF8.GetString(raw[..escape]));
            byte kind = raw[escape + 1];
            raw = raw[(escape + 2)..];
            if (kind == 'u')
            {
                text.Append((char)ushort.Parse(raw[..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                raw = raw[4..];
            }
            else
            {
                text.Append(Unescaped(kind));
            }

            escape = raw.IndexOf((byte)'\\');
        }

        return text.Append(Encoding.UTF8.GetString(raw)).ToString();
    }

    private static char Unescaped(byte kind) => (char)kind switch
    {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'b' => '\b',
        'f' => '\f',
        char same => same,
    };
}
