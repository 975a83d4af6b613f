using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AgentSessions.Gateway.Addressing;

/// <summary>Decodes one segment of a path, strictly and once.</summary>
internal static class PathSegment
{
    /// <summary>The decoded value of a route parameter; empty, as no id is, for bytes that are no text, which <see cref="RawPathMiddleware"/> lets pass to few.</summary>
    public static string Get(HttpContext context, string name) =>
        TryDecode((string)context.GetRouteValue(name)!, out string? value) ? value : "";

    /// <summary>Decodes percent escapes as UTF-8.</summary>
    /// <returns>False for broken escapes, bytes that are not UTF-8, NUL, and the segments that mean a place instead of a name.</returns>
    public static bool TryDecode(ReadOnlySpan<char> segment, out string value)
    {
        value = "";
        byte[] bytes = new byte[segment.Length];
        if (!TryUnescape(segment, bytes, out int length))
        {
            return false;
        }

        ReadOnlySpan<byte> decoded = bytes.AsSpan(0, length);
        if (!Utf8.IsValid(decoded) || decoded.SequenceEqual("."u8) || decoded.SequenceEqual(".."u8))
        {
            return false;
        }

        value = Encoding.UTF8.GetString(decoded);
        return true;
    }

    /// <summary>Whether a segment is well formed, but stands for bytes that are not UTF-8.</summary>
    public static bool IsNoText(ReadOnlySpan<char> segment)
    {
        byte[] bytes = new byte[segment.Length];
        return TryUnescape(segment, bytes, out int length) && !Utf8.IsValid(bytes.AsSpan(0, length));
    }

    private static bool TryUnescape(ReadOnlySpan<char> segment, byte[] bytes, out int length)
    {
        length = 0;
        for (int i = 0; i < segment.Length; i++)
        {
            char letter = segment[i];
            if (letter == '%')
            {
                if (i + 2 >= segment.Length || !byte.TryParse(segment.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[length]))
                {
                    return false;
                }

                i += 2;
            }
            else if (letter is > ' ' and < '\x7f')
            {
                bytes[length] = (byte)letter;
            }
            else
            {
                return false;
            }

            if (bytes[length++] == 0)
            {
                return false;
            }
        }

        return true;
    }
}
