namespace AgentSessions.Core.Runs;

/// <summary>Sees what runs do, at the moments a test has to wait for.</summary>
internal interface IRunObserver
{
    /// <summary>A hook is about to be called.</summary>
    void HookCalled(RunStart run, string hook);

    /// <summary>The run has taken in everything on <c>in</c> up to this record.</summary>
    void Received(RunStart run, long sequence);

    /// <summary>A turn is over: its boundary is durable, and so is what the last hook changed.</summary>
    void TurnEnded(RunStart run, TurnOutcome outcome, long resumeFloor);

    /// <summary>The run waits for input, and its timer is set.</summary>
    void Waiting(RunStart run, TimeSpan limit);

    /// <summary>The run is gone.</summary>
    void Ended(RunStart run, RunEnd end);
}
