using System.Security.Cryptography;
using System.Text;

namespace AgentSessions.Postgres.Values;

/// <summary>Text that an index can take: an entry may have about 2,700 bytes in all.</summary>
/// <remarks>Longer text is represented by its SHA-256, so that equal texts stay equal and others differ. Not to be ordered by.</remarks>
internal static class IndexText
{
    /// <summary>The longest text kept as it is, in UTF-16 units: at most 5 bytes each as stored.</summary>
    private const int MaxLength = 256;

    public static string Of(string text) => IsShort(text)
        ? StoredText.Encode(text)
        : $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.Unicode.GetBytes(text)))}";

    /// <summary>Whether <see cref="Of"/> keeps the text, so that it can be decoded.</summary>
    public static bool IsShort(string text) => text.Length <= MaxLength;
}
