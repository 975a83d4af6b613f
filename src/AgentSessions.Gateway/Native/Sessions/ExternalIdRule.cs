using AgentSessions.Core.Sessions;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Bodies;

namespace AgentSessions.Gateway.Native.Sessions;

/// <summary>The rule for ids that callers choose.</summary>
internal static class ExternalIdRule
{
    private const int MaxLength = 256;

    /// <summary>The field <c>externalId</c>, trimmed; null when absent.</summary>
    public static string? Of(BodyFields body)
    {
        const string name = "externalId";
        if (body.Text(name, 1, int.MaxValue)?.Trim() is not { } id)
        {
            return null;
        }

        if (id.Length is 0 or > MaxLength)
        {
            throw body.Wrong(name, $"must have 1 to {MaxLength} characters");
        }

        if (id.StartsWith(SessionKey.FriendlyPrefix, StringComparison.Ordinal))
        {
            throw body.Wrong(name, $"must not start with {SessionKey.FriendlyPrefix}");
        }

        if (id.Contains(SessionAccess.ChannelMark, StringComparison.Ordinal))
        {
            throw body.Wrong(name, $"must not contain {SessionAccess.ChannelMark}");
        }

        // A path with such a segment means another place.
        return id is "." or ".." ? throw body.Wrong(name, "must not be a dot segment") : id;
    }
}
