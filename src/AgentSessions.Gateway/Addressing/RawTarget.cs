namespace AgentSessions.Gateway.Addressing;

/// <summary>Takes the path out of a request target, still escaped (RFC 9112, section 3.2).</summary>
internal static class RawTarget
{
    /// <summary>The target of <c>OPTIONS *</c>: the server as a whole.</summary>
    public const string Asterisk = "*";

    /// <summary>The path of an origin-form or absolute-form target; null for any other.</summary>
    public static string? PathOf(string target)
    {
        ReadOnlySpan<char> rest = target;
        if (!rest.StartsWith('/'))
        {
            int scheme = rest.IndexOf("://", StringComparison.Ordinal);
            if (scheme <= 0)
            {
                return null;
            }

            rest = rest[(scheme + 3)..];
            int end = rest.IndexOfAny('/', '?');
            rest = end < 0 ? default : rest[end..];
        }

        int query = rest.IndexOf('?');
        ReadOnlySpan<char> path = query < 0 ? rest : rest[..query];
        return path.IsEmpty ? "/" : path.ToString();
    }
}
