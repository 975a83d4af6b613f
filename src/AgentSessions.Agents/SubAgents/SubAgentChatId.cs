using System.Security.Cryptography;
using System.Text;

namespace AgentSessions.Agents;

/// <summary>What the conversations of sub-agents are called: the same name for the same call, and one that every new session may have.</summary>
internal static class SubAgentChatId
{
    // Wire document, section 3.
    private const int MaxLength = 256;
    private const string OfServerMadeIds = "session_";
    private const string OfChannels = ":channels:";

    private const string Prefix = "sub-";

    /// <summary>The id of a conversation with a sub-agent.</summary>
    /// <param name="parent">The caller's conversation; the id of its session if it has none of its own.</param>
    /// <param name="child">What the conversation is called among the caller's.</param>
    public static string Of(string parent, string child)
    {
        string id = parent.StartsWith(OfServerMadeIds, StringComparison.Ordinal) ? $"{Prefix}{parent}-{child}" : $"{parent}-{child}";
        return id.Length <= MaxLength && !id.Contains(OfChannels, StringComparison.Ordinal)
            ? id
            : Prefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
    }
}
