using System.Security.Cryptography;
using System.Text;

namespace AgentSessions.Gateway.Webhooks;

/// <summary>Signs as the Standard Webhooks specification says: HMAC-SHA256 over <c>id.timestamp.body</c>, base64, with <c>v1,</c> before it.</summary>
internal sealed class WebhookSecret
{
    /// <summary>What a secret of ours looks like, for messages.</summary>
    public const string Form = "whsec_ and 24 to 64 bytes in base64";

    private const string Version = "v1,";
    private const string Prefix = "whsec_";
    private const int MinKeyBytes = 24;
    private const int MaxKeyBytes = 64;

    private readonly byte[] _key;

    private WebhookSecret(byte[] key) => _key = key;

    /// <summary>Reads a secret that we sign with, in the form of <see cref="Form"/>; null if it is none.</summary>
    public static WebhookSecret? TryParse(string text)
    {
        string trimmed = text.Trim();
        return trimmed.StartsWith(Prefix, StringComparison.Ordinal) && TryParseForeign(trimmed) is { _key.Length: <= MaxKeyBytes } secret ? secret : null;
    }

    /// <summary>Reads a secret that another system gave: base64 of 24 bytes or more, the prefix or none before it; null if it is none.</summary>
    public static WebhookSecret? TryParseForeign(string text)
    {
        string encoded = text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..] : text;
        byte[] key = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, key, out int length) && length >= MinKeyBytes ? new WebhookSecret(key[..length]) : null;
    }

    /// <summary>One signature, such as <c>v1,K5oZ…</c>.</summary>
    public string Sign(string id, string timestamp, ReadOnlySpan<byte> body) => Version + Convert.ToBase64String(Compute(id, timestamp, body));

    /// <summary>Whether one of the signatures, separated by spaces, is this secret's; compared in constant time.</summary>
    public bool HasSigned(string signatures, string id, string timestamp, ReadOnlySpan<byte> body)
    {
        byte[] right = Compute(id, timestamp, body);
        foreach (string signature in signatures.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            byte[] given = new byte[signature.Length];
            if (signature.StartsWith(Version, StringComparison.Ordinal) && Convert.TryFromBase64String(signature[Version.Length..], given, out int length)
                && CryptographicOperations.FixedTimeEquals(right, given.AsSpan(0, length)))
            {
                return true;
            }
        }

        return false;
    }

    private byte[] Compute(string id, string timestamp, ReadOnlySpan<byte> body) =>
        HMACSHA256.HashData(_key, (byte[])[.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body]);
}
