namespace AgentSessions.Load.Scenarios;

/// <summary>External ids that no other run uses.</summary>
internal static class Names
{
    public static string NewPrefix() => $"load-{Guid.NewGuid().ToString("N")[..12]}";
}
