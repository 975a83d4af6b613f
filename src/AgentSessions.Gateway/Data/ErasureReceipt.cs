using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AgentSessions.Gateway.Auth;

namespace AgentSessions.Gateway.Data;

/// <summary>Says what was erased, without saying who: the subject is a hash. Signed with the environment's key, it can be shown to anybody.</summary>
/// <param name="Id"><c>erasure_…</c>.</param>
/// <param name="Environment">Where.</param>
/// <param name="SubjectKind"><c>session</c> or <c>user</c>.</param>
/// <param name="SubjectSha256">The SHA-256 of the id that was asked for, in hexadecimal.</param>
/// <param name="RequestedAt">When it began.</param>
internal sealed record ErasureReceipt(string Id, string Environment, string SubjectKind, string SubjectSha256, DateTimeOffset RequestedAt)
{
    private const string Purpose = "erasure-receipt";

    /// <summary>Friendly ids of sessions that are gone.</summary>
    public List<string> Sessions { get; init; } = [];

    /// <summary>Friendly ids of sessions that a legal hold kept.</summary>
    public List<string> Kept { get; init; } = [];

    /// <summary>How many values beside the sessions are gone: rules, documents, counts.</summary>
    public int Values { get; set; }

    /// <summary>When everything was gone.</summary>
    public DateTimeOffset CompletedAt { get; set; }

    public static ErasureReceipt Begin(string environment, string kind, string subject, DateTimeOffset now) => new(
        "erasure_" + RandomNumberGenerator.GetHexString(24, lowercase: true),
        environment,
        kind,
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(subject))),
        now);

    /// <summary>The signed form: a compact JWS over this receipt's JSON.</summary>
    public string Sign(KeyRing keys) => keys.Seal(Environment, Purpose, ToJson());

    /// <summary>The receipt's JSON if the environment signed it, else null.</summary>
    public static byte[]? Verify(KeyRing keys, string environment, string signed) => keys.Unseal(environment, Purpose, signed);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web);
}
