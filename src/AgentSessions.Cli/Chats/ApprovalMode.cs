namespace AgentSessions.Cli.Chats;

/// <summary>What to answer when a tool asks for permission.</summary>
internal enum ApprovalMode
{
    /// <summary>Ask the person at the terminal; with nobody there, leave the question open.</summary>
    Ask,

    Allow,
    Deny,
}
