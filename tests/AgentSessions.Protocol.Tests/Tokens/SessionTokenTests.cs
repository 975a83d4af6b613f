using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using AgentSessions.Protocol.Tokens;

namespace AgentSessions.Protocol.Tests.Tokens;

public sealed class SessionTokenTests
{
    private const string Good =
        """{"sub":"env","pub":true,"scopes":["read:sessions:a"],"iss":"https://id.trigger.dev","aud":"https://api.trigger.dev","exp":2000000000,"iat":1000000000}""";

    private static readonly byte[] _key = "tr_dev_0123456789abcdef0123456789abcdef"u8.ToArray();
    private static readonly DateTimeOffset _now = DateTimeOffset.FromUnixTimeSeconds(1_500_000_000);

    [Fact]
    public void Sign_WritesHeaderAndClaimsAsTheOfficialClientDoes()
    {
        var claims = new SessionTokenClaims("env_conformance", ["read:sessions:chat-1", "write:sessions:chat-1"], _now, _now.AddHours(1));

        string[] parts = SessionToken.Sign(claims, _key).Split('.');

        Assert.Equal("eyJhbGciOiJIUzI1NiJ9", parts[0]);
        Assert.Equal(
            """{"sub":"env_conformance","pub":true,"scopes":["read:sessions:chat-1","write:sessions:chat-1"],"iss":"https://id.trigger.dev","aud":"https://api.trigger.dev","exp":1500003600,"iat":1500000000}""",
            Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[1])));
    }

    [Fact]
    public void Verify_OfWhatWasSigned_GivesTheClaimsBack()
    {
        var claims = new SessionTokenClaims("env", ["read:sessions:ünï/x"], _now, _now.AddMinutes(15));

        SessionTokenClaims? read = SessionToken.Verify(SessionToken.Sign(claims, _key), "env", _key, _now);

        Assert.NotNull(read);
        Assert.Equal(claims.Scopes, read.Scopes);
        Assert.Equal(claims.ExpiresAt, read.ExpiresAt);
    }

    [Theory]
    [InlineData("a.b.c")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.a.c")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.AAAAA.c")]
    [InlineData("AAAAA.e30.c")]
    public void Verify_OfPartsThatAreNotWhole_Refuses(string token)
    {
        Assert.Null(SessionToken.ClaimedEnvironment(token));
        Assert.Null(SessionToken.Verify(token, "env", _key, _now));
        Assert.Null(CompactJwt.Peek(token[..^1] + "."));
        Assert.Null(CompactJwt.Open(token, _key));
    }

    [Fact]
    public void Verify_OfAnExternallyMadeToken_Accepts() => Assert.NotNull(Verify(Make(Good)));

    [Theory]
    [InlineData("\"iss\":\"https://id.trigger.dev\"", "\"iss\":\"https://id.trigger.dev/\"")]
    [InlineData("\"iss\":\"https://id.trigger.dev\",", "")]
    [InlineData("\"aud\":\"https://api.trigger.dev\"", "\"aud\":\"http://127.0.0.1\"")]
    [InlineData("\"aud\":\"https://api.trigger.dev\",", "")]
    [InlineData("\"aud\":\"https://api.trigger.dev\"", "\"aud\":[]")]
    [InlineData("\"sub\":\"env\"", "\"sub\":\"env2\"")]
    [InlineData("\"sub\":\"env\",", "")]
    [InlineData("\"pub\":true", "\"pub\":false")]
    [InlineData("\"pub\":true", "\"pub\":\"true\"")]
    [InlineData("\"pub\":true,", "")]
    [InlineData("\"exp\":2000000000", "\"exp\":1500000000")]
    [InlineData("\"exp\":2000000000", "\"exp\":\"2000000000\"")]
    [InlineData("\"exp\":2000000000", "\"exp\":null")]
    [InlineData("\"exp\":2000000000", "\"exp\":-1")]
    [InlineData("\"exp\":2000000000,", "")]
    [InlineData("\"exp\":2000000000", "\"exp\":2000000000,\"nbf\":1600000000")]
    [InlineData("\"exp\":2000000000", "\"exp\":2000000000,\"nbf\":\"soon\"")]
    [InlineData("\"iat\":1000000000", "\"iat\":\"then\"")]
    [InlineData("[\"read:sessions:a\"]", "\"read:sessions:a\"")]
    [InlineData("[\"read:sessions:a\"]", "[1]")]
    [InlineData("[\"read:sessions:a\"]", "[\"\\ud800\"]")]
    [InlineData("\"sub\":\"env\"", "\"sub\":\"env\",\"sub\":\"env\"")]
    public void Verify_WithOneClaimWrong_Refuses(string right, string wrong)
    {
        string payload = Good.Replace(right, wrong, StringComparison.Ordinal);
        Assert.NotEqual(Good, payload);

        Assert.Null(Verify(Make(payload)));
    }

    [Theory]
    [InlineData("""{"alg":"none"}""")]
    [InlineData("""{"alg":"HS512"}""")]
    [InlineData("""{"alg":"hs256"}""")]
    [InlineData("""{"alg":"RS256"}""")]
    [InlineData("""{"typ":"JWT"}""")]
    [InlineData("""{"alg":"HS256","crit":["exp"]}""")]
    [InlineData("""[]""")]
    [InlineData("""nonsense""")]
    public void Verify_WithAnotherHeader_Refuses(string header) => Assert.Null(Verify(Make(Good, header)));

    [Theory]
    [InlineData("""{"alg":"HS256","typ":"JWT"}""")]
    [InlineData("""{"alg":"HS256","kid":"../../key"}""")]
    public void Verify_WithHarmlessHeaderFields_Accepts(string header) => Assert.NotNull(Verify(Make(Good, header)));

    [Fact]
    public void Verify_WithAnotherKey_Refuses() => Assert.Null(SessionToken.Verify(Make(Good), "env", "another"u8, _now));

    [Fact]
    public void Verify_WithEveryOtherLastCharacter_Refuses()
    {
        // The last character carries two unused bits: three other spellings decode to the same signature.
        string token = Make(Good);
        foreach (char letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=")
        {
            string other = token[..^1] + letter;
            Assert.Equal(other == token, Verify(other) is not null);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a.b")]
    [InlineData("a.b.c.d")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9..")]
    public void Verify_OfSomethingElse_Refuses(string token) => Assert.Null(Verify(token));

    [Fact]
    public void Verify_WithoutSignature_Refuses() => Assert.Null(Verify(Make(Good)[..^43]));

    [Fact]
    public void Verify_WithWhiteSpaceOrPadding_Refuses()
    {
        string token = Make(Good);
        Assert.Null(Verify(token + "="));
        Assert.Null(Verify(" " + token));
        Assert.Null(Verify(token.Replace(".", ". ", StringComparison.Ordinal)));
    }

    [Fact]
    public void ClaimedEnvironment_ReadsTheSubjectUnverified() => Assert.Equal("env", SessionToken.ClaimedEnvironment(Make(Good)));

    private static SessionTokenClaims? Verify(string token) => SessionToken.Verify(token, "env", _key, _now);

    private static string Make(string payload, string header = """{"alg":"HS256"}""")
    {
        string text = $"{Encode(header)}.{Encode(payload)}";
        return $"{text}.{Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(text)))}";
    }

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
