using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AgentSessions.Gateway.Native.Webhooks;

/// <summary>The signature of Standard Webhooks: HMAC-SHA256 over <c>id.timestamp.body</c>, base64, with <c>v1,</c> before it; several separated by spaces.</summary>
internal static class WebhookSignature
{
    private const string Version = "v1,";
    private const string SecretPrefix = "whsec_";
    private const int MinKeyBytes = 24;

    /// <summary>Reads a shared secret.</summary>
    public static bool TryKey(string secret, out byte[] key)
    {
        string text = secret.StartsWith(SecretPrefix, StringComparison.Ordinal) ? secret[SecretPrefix.Length..] : secret;
        key = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, key, out int length) || length < MinKeyBytes)
        {
            key = [];
            return false;
        }

        key = key[..length];
        return true;
    }

    /// <summary>Whether one of the signatures is right for one of the secrets.</summary>
    public static bool IsRight(string id, string timestamp, ReadOnlySpan<byte> body, string signatures, params IEnumerable<string> secrets)
    {
        byte[] head = Encoding.UTF8.GetBytes($"{id}.{timestamp}.");
        byte[] signed = new byte[head.Length + body.Length];
        head.CopyTo(signed, 0);
        body.CopyTo(signed.AsSpan(head.Length));
        foreach (string secret in secrets)
        {
            if (!TryKey(secret, out byte[] key))
            {
                continue;
            }

            byte[] right = HMACSHA256.HashData(key, signed);
            foreach (string signature in signatures.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                byte[] given = new byte[signature.Length];
                if (signature.StartsWith(Version, StringComparison.Ordinal) && Convert.TryFromBase64String(signature[Version.Length..], given, out int length)
                    && CryptographicOperations.FixedTimeEquals(right, given.AsSpan(0, length)))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Whether a timestamp, Unix seconds, is near enough to now.</summary>
    public static bool IsRecent(string timestamp, DateTimeOffset now, TimeSpan tolerance) =>
        long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
        && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
        && (now - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration() <= tolerance;
}
