namespace AgentSessions.Embedded.Checkpoints;

/// <summary>What of memory a flush brings to the database.</summary>
[Flags]
internal enum FlushScope
{
    None = 0,

    /// <summary>Sessions whose row changed, for lists.</summary>
    Rows = 1,

    /// <summary>States, for lists.</summary>
    States = 2,

    /// <summary>Whatever needs the oldest segments of a journal that has grown too long.</summary>
    Oldest = 4,

    /// <summary>Everything.</summary>
    All = 8,

    /// <summary>Everything, and then no byte of a deleted session is left in any file.</summary>
    Purge = 16,
}
