using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AgentSessions.Protocol.Tokens;

/// <summary>Signs and opens JSON web tokens in compact form with HMAC-SHA256, and with nothing else.</summary>
/// <remarks>
/// The algorithm is fixed by this code and never taken from a token (RFC 8725, 3.1). A key of any length is accepted because the key is
/// the text of a secret that callers chose; make keys of at least 32 bytes.
/// </remarks>
public static class CompactJwt
{
    // Longer than any token with a sensible list of scopes, and short of what a header line may hold.
    private const int MaxLength = 16 * 1024;

    // A hash that is keyed for each token costs four times one that stays keyed.
    [ThreadStatic]
    private static KeyedHash? _hash;

    private static readonly string _header = Base64Url.EncodeToString("{\"alg\":\"HS256\"}"u8);

    /// <summary>Signs a payload.</summary>
    /// <param name="payload">The claims as UTF-8 JSON.</param>
    /// <param name="key">The HMAC key.</param>
    public static string Sign(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> key)
    {
        string text = $"{_header}.{Base64Url.EncodeToString(payload)}";
        return $"{text}.{Signature(text, key)}";
    }

    /// <summary>Checks form, algorithm and signature, and hands out the payload.</summary>
    /// <returns>The payload's bytes, which still have to be read with suspicion; null if anything is wrong.</returns>
    public static byte[]? Open(string token, ReadOnlySpan<byte> key)
    {
        if (!TrySplit(token, out int firstDot, out int lastDot) || !HasExpectedHeader(token.AsSpan(0, firstDot)))
        {
            return null;
        }

        // The texts are compared, not the bytes: the last character of a signature has unused bits, and only one spelling shall pass.
        string expected = Signature(token.AsSpan(0, lastDot), key);
        return FixedTimeEquals(expected, token.AsSpan(lastDot + 1)) ? Decode(token.AsSpan(firstDot + 1, lastDot - firstDot - 1)) : null;
    }

    /// <summary>The payload without any check of the signature: only good for finding the key to open the token with.</summary>
    public static byte[]? Peek(string token) =>
        TrySplit(token, out int firstDot, out int lastDot) ? Decode(token.AsSpan(firstDot + 1, lastDot - firstDot - 1)) : null;

    private static bool TrySplit(string token, out int firstDot, out int lastDot)
    {
        firstDot = token.IndexOf('.');
        lastDot = token.LastIndexOf('.');
        return token.Length <= MaxLength && firstDot > 0 && lastDot > firstDot + 1
            && token.AsSpan(firstDot + 1, lastDot - firstDot - 1).IndexOf('.') < 0;
    }

    /// <summary>Whether the header names this algorithm and demands nothing that is not understood here.</summary>
    private static bool HasExpectedHeader(ReadOnlySpan<char> encoded)
    {
        if (encoded.SequenceEqual(_header))
        {
            return true;
        }

        if (Decode(encoded) is not { } json || TokenJson.Parse(json) is not { } document)
        {
            return false;
        }

        using (document)
        {
            JsonElement header = document.RootElement;
            return TokenJson.String(header, "alg") == "HS256" && !header.TryGetProperty("crit", out _);
        }
    }

    private static byte[]? Decode(ReadOnlySpan<char> text)
    {
        // The decoder passes over white space and padding, which a compact token never has.
        foreach (char letter in text)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '_'))
            {
                return null;
            }
        }

        // The decoder throws at what is not whole, such as a single letter.
        if (!Base64Url.IsValid(text))
        {
            return null;
        }

        byte[] bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        return Base64Url.TryDecodeFromChars(text, bytes, out int written) ? bytes[..written] : null;
    }

    private static string Signature(ReadOnlySpan<char> text, ReadOnlySpan<byte> key)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        if (_hash?.IsFor(key) != true)
        {
            _hash?.Dispose();
            _hash = new KeyedHash(key);
        }

        _hash.Compute(bytes, hash);
        return Base64Url.EncodeToString(hash);
    }

    private static bool FixedTimeEquals(string expected, ReadOnlySpan<char> actual) =>
        CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(actual.ToString()));

    /// <summary>HMAC-SHA256 with one key, for one thread at a time.</summary>
    private sealed class KeyedHash(ReadOnlySpan<byte> key) : IDisposable
    {
        private readonly byte[] _key = key.ToArray();
        private readonly IncrementalHash _hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);

        public bool IsFor(ReadOnlySpan<byte> key) => CryptographicOperations.FixedTimeEquals(_key, key);

        public void Compute(ReadOnlySpan<byte> text, Span<byte> hash)
        {
            _hash.AppendData(text);
            _hash.GetHashAndReset(hash);
        }

        public void Dispose() => _hash.Dispose();
    }
}
