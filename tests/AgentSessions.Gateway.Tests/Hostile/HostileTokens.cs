using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Hostile;

/// <summary>Credentials of which none may open anything.</summary>
internal sealed class HostileTokens(string good)
{
    private static readonly string[] _heads =
    [
        """{"alg":"none"}""", """{"alg":"None","typ":"JWT"}""", """{"alg":"HS384"}""", """{"alg":"HS512"}""", """{"alg":"RS256"}""", """{"alg":"ES256"}""", """{"alg":""}""",
        """{"alg":null}""", """{"alg":["HS256"]}""", """{"typ":"JWT"}""", "{}", "[]", "null", "", "{", """{"alg":"hs256"}""", """{"alg":"HS256","alg":"none"}""",
    ];

    private static readonly string[] _headsWithKeys =
    [
        """{"alg":"HS256","jwk":{"kty":"oct","k":"YXR0YWNrZXI"}}""", """{"alg":"HS256","kid":"../../../dev/null"}""", """{"alg":"HS256","jku":"http://169.254.169.254/keys"}""",
        """{"alg":"HS256","x5u":"http://127.0.0.1/x"}""", """{"alg":"HS256","crit":["exp"]}""",
    ];

    private static readonly string[] _times = ["0", "-1", "1", "\"9999999999\"", "null", "true", "[]", "{}", "\"\"", "\"tomorrow\"", "1e400", "-1e400"];

    private static readonly string[] _wrongs =
    [
        "\"sub\":\"\"", "\"sub\":\"Default\"", "\"sub\":\"default \"", "\"sub\":null", "\"sub\":[\"default\"]", "\"sub\":\"nowhere\"", "\"sub\":{}",
        "\"pub\":false", "\"pub\":null", "\"pub\":1", "\"pub\":\"true\"", "\"pub\":[]",
        "\"scopes\":null", "\"scopes\":\"admin\"", "\"scopes\":{}", "\"scopes\":[1]", "\"scopes\":[[\"admin\"]]", "\"scopes\":[null]", "\"scopes\":[]", "\"scope\":\"admin\"",
    ];

    private readonly string[] _parts = good.Split('.');

    /// <summary>One that opens everything: what the others would be without their fault.</summary>
    public static string Faultless => Resigned("""{"alg":"HS256"}""", Claims(), GatewayServer.Key);

    /// <summary>One of them, as the value of the Authorization header; empty for a call without.</summary>
    public string Any(Random random) => random.Next(12) switch
    {
        0 => "",
        1 => $"Bearer {Garbage(random)}",
        2 => $"Bearer {Encode(Pick(random, _heads))}.{_parts[1]}.{Pick(random, ["", _parts[2]])}",
        3 => $"Bearer {SignedWith(random, Pick(random, _headsWithKeys), Claims())}",
        4 => $"Bearer {Resigned("""{"alg":"HS256"}""", Claims(exp: Pick(random, _times)), GatewayServer.Key)}",
        5 => $"Bearer {Resigned("""{"alg":"HS256"}""", Claims(replaced: Pick(random, _wrongs)), GatewayServer.Key)}",
        6 => $"Bearer {Flipped(random, good)}",
        7 => $"Bearer {good[..random.Next(good.Length)]}",
        8 => $"{Pick(random, ["Basic", "Token", "Digest", "BearerX", "Bearer,", "Négotiate"])} {good}",
        9 => $"Bearer {Flipped(random, GatewayServer.Key)}",
        10 => $"Bearer {good}{Pick(random, [".", ".x", "=", "==", " x", "%00", ",", ";", "\t" + GatewayServer.Key[..8]])}",
        _ => $"Bearer {SignedWith(random, """{"alg":"HS256"}""", Claims())}",
    };

    private static string Claims(string exp = "4102444800", string? replaced = null)
    {
        var claims = new Dictionary<string, string>
        {
            ["\"iss\""] = "\"https://id.trigger.dev\"",
            ["\"aud\""] = "\"https://api.trigger.dev\"",
            ["\"sub\""] = "\"default\"",
            ["\"pub\""] = "true",
            ["\"exp\""] = exp,
            ["\"scopes\""] = "[\"admin\"]",
        };
        if (replaced is not null)
        {
            int colon = replaced.IndexOf(':', StringComparison.Ordinal);
            claims.Remove("\"scopes\"");
            claims[replaced[..colon]] = replaced[(colon + 1)..];
            if (replaced.StartsWith("\"sub\"", StringComparison.Ordinal) || replaced.StartsWith("\"pub\"", StringComparison.Ordinal))
            {
                claims["\"scopes\""] = "[\"admin\"]";
            }
        }

        return $"{{{string.Join(',', claims.Select(static claim => $"{claim.Key}:{claim.Value}"))}}}";
    }

    /// <summary>Signed with keys that are not ours: empty, guessable, another's, the token's own parts.</summary>
    private string SignedWith(Random random, string head, string claims) =>
        Resigned(head, claims, Pick(random, ["", " ", "secret", "changeme", GatewayServer.OtherKey, GatewayServer.Key[..^1], GatewayServer.Key + "\n", "attacker", _parts[2], "\0"]));

    private static string Resigned(string head, string claims, string key)
    {
        string signed = $"{Encode(head)}.{Encode(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(signed)))}";
    }

    private static string Garbage(Random random) => random.Next(7) switch
    {
        6 => string.Join('.', Enumerable.Range(0, 3).Select(_ => new string('A', random.Next(1, 10)))),
        0 => "",
        1 => new string('.', random.Next(1, 40)),
        2 => new string('A', random.Next(1, 6000)),
        3 => $"{Encode("{}")}.{Encode("{}")}.",
        4 => string.Concat(Enumerable.Range(0, random.Next(1, 60)).Select(_ => (char)random.Next(33, 127))),
        _ => $"tr_dev_{random.Next()}",
    };

    /// <summary>With one character changed to another that it may have; the last one of a part may only carry padding and is left.</summary>
    private static string Flipped(Random random, string text)
    {
        char[] flipped = text.ToCharArray();
        int place = random.Next(flipped.Length - 2);
        flipped[place] = flipped[place] == 'q' ? 'w' : flipped[place + 1] == '.' ? '!' : 'q';
        return new string(flipped);
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private static string Pick(Random random, string[] choices) => choices[random.Next(choices.Length)];
}
