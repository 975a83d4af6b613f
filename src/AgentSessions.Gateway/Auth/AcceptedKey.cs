using System.Security.Cryptography;
using System.Text;

namespace AgentSessions.Gateway.Auth;

/// <summary>One accepted secret key.</summary>
/// <param name="Environment">The environment it opens.</param>
/// <param name="Bytes">Its text as UTF-8, which is also the key that signs tokens.</param>
/// <param name="Until">From when on it is refused; null for a current key.</param>
internal sealed record AcceptedKey(string Environment, byte[] Bytes, DateTimeOffset? Until)
{
    private readonly byte[] _hash = SHA256.HashData(Bytes);

    /// <summary>Whether this is the text that a credential was hashed from, in a time that does not depend on where they differ.</summary>
    public bool HasHash(ReadOnlySpan<byte> hash) => CryptographicOperations.FixedTimeEquals(_hash, hash);

    public bool IsAcceptedAt(DateTimeOffset now) => Until is null || now < Until;

    /// <summary>The key's text is never shown.</summary>
    public override string ToString() => $"{nameof(AcceptedKey)} of {Environment}";

    public static byte[] BytesOf(string text) => Encoding.UTF8.GetBytes(text);
}
