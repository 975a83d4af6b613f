using System.Security.Cryptography;
using System.Text;

namespace AgentSessions.Gateway.Webhooks;

/// <summary>Signs as the Standard Webhooks specification says: HMAC-SHA256 over id, time and body.</summary>
internal sealed class WebhookSecret
{
    /// <summary>What a secret looks like, for messages.</summary>
    public const string Form = "whsec_ and 24 to 64 bytes in base64";

    private const string Prefix = "whsec_";

    private readonly byte[] _key;

    private WebhookSecret(byte[] key) => _key = key;

    public static WebhookSecret? TryParse(string text)
    {
        Span<byte> key = stackalloc byte[96];
        string trimmed = text.Trim();
        return trimmed.StartsWith(Prefix, StringComparison.Ordinal) && Convert.TryFromBase64String(trimmed[Prefix.Length..], key, out int length)
            && length is >= 24 and <= 64
                ? new WebhookSecret(key[..length].ToArray())
                : null;
    }

    /// <summary>One signature, such as <c>v1,K5oZ…</c>.</summary>
    public string Sign(string id, long unixSeconds, ReadOnlySpan<byte> body)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{unixSeconds}."), .. body];
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(_key, signed));
    }
}
