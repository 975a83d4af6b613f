using System.Security.Cryptography;
using System.Text;

namespace AgentSessions.Gateway.Naming;

/// <summary>Ids that are made from others, so that every node and every reading finds the same.</summary>
internal static class StableId
{
    /// <summary>A UUID in the form of version 4.</summary>
    public static string Of(params ReadOnlySpan<string> sources)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', sources)))[..16];
        hash[6] = (byte)((hash[6] & 0x0F) | 0x40);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash, bigEndian: true).ToString();
    }
}
