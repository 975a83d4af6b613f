namespace AgentSessions.Gateway.Puffle.Requests;

/// <summary>Ids for messages that come without one, or whose own could meet one that is stored.</summary>
internal static class MessageIds
{
    public static string New() => $"msg_{Guid.NewGuid():N}";
}
