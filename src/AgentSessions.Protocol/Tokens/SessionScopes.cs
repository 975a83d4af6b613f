namespace AgentSessions.Protocol.Tokens;

/// <summary>The scopes that clients ask for (wire document, section 2.5).</summary>
public static class SessionScopes
{
    /// <summary>Reads the session's streams and row.</summary>
    public static string Read(string session) => $"read:sessions:{session}";

    /// <summary>Appends to the session's <c>in</c>.</summary>
    public static string Write(string session) => $"write:sessions:{session}";

    /// <summary>Reads the run.</summary>
    public static string ReadRun(string run) => $"read:runs:{run}";

    /// <summary>On boundary tokens only; nothing here asks for it.</summary>
    public static string WriteInputStreams(string run) => $"write:inputStreams:{run}";
}
