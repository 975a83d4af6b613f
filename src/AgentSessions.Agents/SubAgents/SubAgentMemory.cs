namespace AgentSessions.Agents;

/// <summary>What a sub-agent remembers from one call to the next.</summary>
public enum SubAgentMemory
{
    /// <summary>Nothing: every call is a conversation of its own.</summary>
    None,

    /// <summary>
    /// What the calling model wants: it may name a conversation, and calls of the same name, in this turn and in later ones, go on with it. The
    /// sub-agent keeps its history and its <see cref="AgentState{T}"/> there.
    /// </summary>
    Conversations,
}
