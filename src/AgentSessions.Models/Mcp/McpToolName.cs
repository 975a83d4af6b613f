using System.Security.Cryptography;
using System.Text;

namespace AgentSessions.Models.Mcp;

/// <summary>Names tools so that every provider takes them (64 letters, digits, <c>_</c> and <c>-</c>) and no two are alike.</summary>
internal static class McpToolName
{
    private const int MaxLength = 64;
    private const int HashLength = 8;

    /// <summary>Names for all tools of a server, in their order. The same tools always get the same names.</summary>
    public static IReadOnlyList<string> ForAll(string server, IReadOnlyList<string> tools)
    {
        string[] names = [.. tools.Select(tool => $"{server}_{string.Concat(tool.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_'))}")];
        HashSet<string> ambiguous = [.. names.CountBy(name => name).Where(count => count.Value > 1).Select(count => count.Key)];
        return [.. names.Zip(tools, (name, tool) => name.Length > MaxLength || ambiguous.Contains(name) ? WithHash(name, tool) : name)];
    }

    private static string WithHash(string name, string tool)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(tool)))[..HashLength];
        return $"{name[..Math.Min(name.Length, MaxLength - HashLength - 1)]}_{hash}";
    }
}
