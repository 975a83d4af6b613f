namespace AgentSessions.Core.Runs;

/// <summary>What became of a turn.</summary>
internal enum TurnOutcome
{
    /// <summary>It was answered, or stopped on the way.</summary>
    Answered,

    /// <summary>There was nothing to answer: a message that is answered already, or an action that only edited.</summary>
    Empty,

    /// <summary>It failed, and says so.</summary>
    Failed,

    /// <summary>It is left to a successor of another version: no boundary, so that the message stays owed.</summary>
    HandedOver,

    /// <summary>Its agent did not come back after a stop: it is complete as far as it came, and the run must end.</summary>
    Abandoned,

    /// <summary>The run was cut off: no boundary.</summary>
    Aborted,
}
