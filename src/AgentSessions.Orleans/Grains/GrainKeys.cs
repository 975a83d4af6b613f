using AgentSessions.Core.Sessions;

namespace AgentSessions.Orleans.Grains;

/// <summary>Names of grains.</summary>
internal static class GrainKeys
{
    /// <summary>A session's grain: the environment, escaped so that the first slash ends it, and the canonical key as it is.</summary>
    public static string Of(SessionKey session) => $"{Uri.EscapeDataString(session.Environment)}/{session.Key}";

    /// <summary>A run's grain. Run ids are unique in an environment.</summary>
    public static string Of(SessionKey session, string runId) => $"{Uri.EscapeDataString(session.Environment)}/{runId}";

    /// <summary>The session whose grain has this name.</summary>
    public static SessionKey ToSession(string grainKey)
    {
        int slash = grainKey.IndexOf('/', StringComparison.Ordinal);
        return new SessionKey(Uri.UnescapeDataString(grainKey[..slash]), grainKey[(slash + 1)..]);
    }
}
