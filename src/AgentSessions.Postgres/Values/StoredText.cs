using System.Text;

namespace AgentSessions.Postgres.Values;

/// <summary>Text as PostgreSQL can hold it, without loss.</summary>
/// <remarks>
/// PostgreSQL's text holds neither U+0000 nor a lone surrogate, and both reach us in JSON strings. Such a character is stored as U+0001 and
/// its number in four hexadecimal digits; so is U+0001 itself. All other text, and so nearly all there is, is stored as it is.
/// </remarks>
internal static class StoredText
{
    private const char Escape = '\u0001';

    public static string Encode(string text)
    {
        int first = FirstUnstorable(text, 0);
        if (first < 0)
        {
            return text;
        }

        var result = new StringBuilder(text.Length + 16);
        int copied = 0;
        for (int at = first; at >= 0; at = FirstUnstorable(text, copied))
        {
            result.Append(text, copied, at - copied).Append(Escape).Append(((int)text[at]).ToString("x4"));
            copied = at + 1;
        }

        return result.Append(text, copied, text.Length - copied).ToString();
    }

    public static string? EncodeOrNull(string? text) => text is null ? null : Encode(text);

    public static string Decode(string stored)
    {
        if (!stored.Contains(Escape))
        {
            return stored;
        }

        var result = new StringBuilder(stored.Length);
        for (int i = 0; i < stored.Length; i++)
        {
            if (stored[i] != Escape)
            {
                result.Append(stored[i]);
                continue;
            }

            result.Append((char)Convert.ToInt32(stored.Substring(i + 1, 4), 16));
            i += 4;
        }

        return result.ToString();
    }

    private static int FirstUnstorable(string text, int start)
    {
        for (int i = start; i < text.Length; i++)
        {
            char value = text[i];
            if (value <= Escape)
            {
                return i;
            }

            if (!char.IsSurrogate(value))
            {
                continue;
            }

            if (i + 1 >= text.Length || !char.IsSurrogatePair(value, text[i + 1]))
            {
                return i;
            }

            i++;
        }

        return -1;
    }
}
