using System.Security.Cryptography;

namespace AgentSessions.Pages.Files;

/// <summary>One file of a page, in memory as it is sent.</summary>
/// <param name="ContentType">Its media type.</param>
/// <param name="Bytes">Its content.</param>
internal sealed record PageFile(string ContentType, byte[] Bytes)
{
    /// <summary>Changes with the content, so that a browser keeps a file until it is another one.</summary>
    public string ETag { get; } = $"\"{Convert.ToHexStringLower(SHA256.HashData(Bytes).AsSpan(0, 12))}\"";

    /// <summary>A page of its own, in contrast to what a page loads.</summary>
    public bool IsPage => ContentType.StartsWith("text/html", StringComparison.Ordinal);
}
