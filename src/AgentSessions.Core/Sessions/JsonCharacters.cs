using System.Buffers.Text;
using System.Text.Json;

namespace AgentSessions.Core.Sessions;

/// <summary>JSON can write half of a surrogate pair, and text cannot hold it: what reads such a string as text fails.</summary>
public static class JsonCharacters
{
    /// <summary>Whether no string or name in JSON holds half of a surrogate pair.</summary>
    /// <exception cref="JsonException">It is no JSON, or has more levels.</exception>
    public static bool AreWhole(ReadOnlySpan<byte> json, int maxDepth)
    {
        if (json.IndexOf("\\u"u8) < 0)
        {
            return true;
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = maxDepth });
        while (reader.Read())
        {
            if (reader.ValueIsEscaped && !HasWholePairs(reader.ValueSpan))
            {
                return false;
            }
        }

        return true;
    }

    private static bool HasWholePairs(ReadOnlySpan<byte> escaped)
    {
        bool wantsLow = false;
        for (int i = 0; i < escaped.Length; i++)
        {
            int unit = -1;
            if (escaped[i] == '\\' && escaped[++i] == 'u')
            {
                Utf8Parser.TryParse(escaped.Slice(i + 1, 4), out ushort value, out _, 'x');
                unit = value;
                i += 4;
            }

            bool isLow = unit is >= 0xDC00 and <= 0xDFFF;
            if (isLow != wantsLow)
            {
                return false;
            }

            wantsLow = unit is >= 0xD800 and <= 0xDBFF;
        }

        return !wantsLow;
    }
}
