namespace AgentSessions.TestServer;

/// <summary>How fast chats under fire are.</summary>
/// <param name="BetweenTokens">Between two tokens of an answer; whole milliseconds.</param>
/// <param name="BetweenMessages">Between two messages of one chat.</param>
public sealed record LoadPace(TimeSpan BetweenTokens, TimeSpan BetweenMessages)
{
    /// <summary>As fast as the server: whatever two commits can do to each other happens soon.</summary>
    public static LoadPace Flat { get; } = new(TimeSpan.FromMilliseconds(2), TimeSpan.Zero);

    /// <summary>For a cluster on one machine: there is always an answer under way, and nodes that start and leave get their share of the processors.</summary>
    public static LoadPace Steady { get; } = new(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(50));
}
