namespace AgentSessions.Client.Turns;

/// <summary>What a chat knows about the place its cursor is at.</summary>
/// <param name="IsAtRest">Whether no turn was running there when last looked.</param>
/// <param name="Floor">The resume floor of the boundary just before; null if it was not seen.</param>
internal readonly record struct ChatPlace(bool IsAtRest, long? Floor)
{
    /// <summary>Before the first turn of a new session.</summary>
    public static readonly ChatPlace Beginning = new(true, -1);

    /// <summary>Not known: somebody's turn may be running.</summary>
    public static readonly ChatPlace Unknown = new(false, null);
}
