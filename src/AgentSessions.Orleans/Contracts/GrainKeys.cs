using AgentSessions.Core.Sessions;

namespace AgentSessions.Orleans.Contracts;

/// <summary>Names of grains.</summary>
internal static class GrainKeys
{
    /// <summary>What Orleans calls the grains of sessions. Detours are of another kind, and take the same calls.</summary>
    public const string SessionType = "session";

    private const char DetourMark = '|';
    private const char AnyNode = '*';

    /// <summary>A session's grain: the environment, escaped so that the first slash ends it, and the canonical key as it is.</summary>
    public static string Of(SessionKey session) => $"{Uri.EscapeDataString(session.Environment)}/{session.Key}";

    /// <summary>A run's grain. Run ids are unique in an environment.</summary>
    public static string Of(SessionKey session, string runId) => $"{Uri.EscapeDataString(session.Environment)}/{runId}";

    /// <summary>The grain by which a node calls another node's sessions: the node's address, then the session's grain.</summary>
    public static string OfDetour(SiloAddress node, SessionKey session) => $"{node.ToParsableString()}{DetourMark}{Of(session)}";

    /// <summary>The same for whatever node takes the call in: it begins with a number, by which a client chooses another way each time.</summary>
    public static string OfDetour(int attempt, SessionKey session) => $"{AnyNode}{attempt}{DetourMark}{Of(session)}";

    /// <summary>The name of the session's grain behind a detour.</summary>
    public static string ToSessionGrain(string detourKey) => detourKey[(detourKey.IndexOf(DetourMark) + 1)..];

    /// <summary>The node that a grain speaks for; null for whatever node takes the call in.</summary>
    public static SiloAddress? ToNode(string key)
    {
        int end = key.IndexOf(DetourMark);
        return key.StartsWith(AnyNode) ? null : SiloAddress.FromParsableString(end < 0 ? key : key[..end]);
    }

    /// <summary>The session whose grain has this name.</summary>
    public static SessionKey ToSession(string grainKey)
    {
        int slash = grainKey.IndexOf('/', StringComparison.Ordinal);
        return new SessionKey(Uri.UnescapeDataString(grainKey[..slash]), grainKey[(slash + 1)..]);
    }
}
