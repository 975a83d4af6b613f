using System.Security.Cryptography;
using System.Text;

namespace AgentSessions.Gateway.Naming;

/// <summary>
/// Names of values in the state store, made of ids and other free text: no store has trouble with them, and nobody can make a text whose name
/// runs into another's. They are stored, so they never change.
/// </summary>
internal static class StateName
{
    /// <summary>The name of a text: 32 hexadecimal digits.</summary>
    public static string Of(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));

    /// <summary>What the names of all values of an owner begin with.</summary>
    public static string Prefix(string owner) => Of(owner) + "/";
}
