namespace AgentSessions.Protocol.UI;

/// <summary>The rules chunks of one message keep to, so that every reader can build the message from them.</summary>
public enum ChunkRule
{
    /// <summary>
    /// <c>start</c> comes before everything else of a message; only transient data, <c>abort</c> and <c>error</c> may
    /// come without it.
    /// </summary>
    StartFirst,

    /// <summary><c>start</c> comes once, and a continued message repeats its own id.</summary>
    StartOnce,

    /// <summary>An id is open once at a time; text and reasoning ids are separate.</summary>
    IdUnique,

    /// <summary>A delta or end needs its start; <c>finish-step</c> closes all open ids. Readers fail on a breach.</summary>
    IdOpen,

    /// <summary><c>tool-input-delta</c> needs a <c>tool-input-start</c>. Readers fail on a breach.</summary>
    ToolInputStarted,

    /// <summary>Approval requests and outputs need a tool call in the message. Readers fail on a breach.</summary>
    ToolKnown,

    /// <summary>Readers stop at <c>error</c>, so nothing follows it.</summary>
    ErrorLast,
}
