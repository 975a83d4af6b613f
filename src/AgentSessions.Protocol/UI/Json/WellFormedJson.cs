using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>Replaces lone surrogates, which most JSON libraries refuse, .NET's among them.</summary>
internal static class WellFormedJson
{
    private const int EscapeLength = 6;

    public static JsonElement Of(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Undefined || JsonMarshal.GetRawUtf8Value(value).IndexOf("\\u"u8) < 0)
        {
            return value;
        }

        byte[] raw = JsonMarshal.GetRawUtf8Value(value).ToArray();
        return Repair(raw) ? JsonElement.Parse(raw) : value;
    }

    private static bool Repair(Span<byte> raw)
    {
        bool repaired = false;
        while (raw.IndexOf((byte)'\\') is >= 0 and int at)
        {
            raw = raw[at..];
            if (!TryReadEscape(raw, out char first))
            {
                raw = raw[2..];
            }
            else if (char.IsHighSurrogate(first) && TryReadEscape(raw[EscapeLength..], out char second) && char.IsLowSurrogate(second))
            {
                raw = raw[(2 * EscapeLength)..];
            }
            else
            {
                if (char.IsSurrogate(first))
                {
                    "\\ufffd"u8.CopyTo(raw);
                    repaired = true;
                }

                raw = raw[EscapeLength..];
            }
        }

        return repaired;
    }

    private static bool TryReadEscape(ReadOnlySpan<byte> raw, out char value)
    {
        value = default;
        if (!raw.StartsWith("\\u"u8))
        {
            return false;
        }

        value = (char)ushort.Parse(raw[2..EscapeLength], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return true;
    }
}
