namespace AgentSessions.Core.Sessions.Holding;

/// <summary>What a person does with a session in place of its agent.</summary>
/// <param name="Action">What.</param>
public sealed record HoldSession(HoldAction Action)
{
    /// <summary>Who takes the session over; 1 to 128 characters, shown to operators only.</summary>
    public string By { get; init; } = "";

    /// <summary>The id of what is said; the same id twice says it once.</summary>
    public string MessageId { get; init; } = "";

    /// <summary>What is said, not empty.</summary>
    public string Text { get; init; } = "";
}

/// <summary>The kinds of <see cref="HoldSession"/>.</summary>
public enum HoldAction
{
    /// <summary>Stops the agent and keeps it from starting: what is appended waits. Who holds the session already keeps it.</summary>
    TakeOver = 0,

    /// <summary>Says something to the user: an assistant message that answers all that waits. What decides on tool calls is left to the agent as well.</summary>
    Say = 1,

    /// <summary>Gives the session back to its agent, which answers what still waits.</summary>
    HandBack = 2,
}
