namespace AgentSessions.Embedded.Entries;

/// <summary>What an entry of a journal group is. The numbers are stored: they may be added to and never change.</summary>
internal enum EntryKind
{
    /// <summary>A commit: <see cref="CommitCoding"/>.</summary>
    Commit = 1,

    /// <summary>The deletion of a session: its number.</summary>
    Deletion = 2,

    /// <summary>A state put or removed by itself: <see cref="StateCoding"/>.</summary>
    State = 3,
}
