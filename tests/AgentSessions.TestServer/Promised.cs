namespace AgentSessions.TestServer;

/// <summary>Times that are promised for a machine at rest.</summary>
internal static class Promised
{
    private const int Noise = 10;

    /// <summary>What a test may allow: the promised time in its long form, several times as long on a machine that builds and tests at the same time.</summary>
    /// <param name="time">What is promised.</param>
    /// <param name="longForm">The environment variable that asks for the long form.</param>
    public static TimeSpan Within(TimeSpan time, string longForm) => Environment.GetEnvironmentVariable(longForm) is null ? time * Noise : time;
}
