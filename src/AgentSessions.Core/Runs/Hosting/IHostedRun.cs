namespace AgentSessions.Core.Runs.Hosting;

/// <summary>A run as its host sees it.</summary>
internal interface IHostedRun
{
    /// <summary>What it started from.</summary>
    RunStart Start { get; }

    /// <summary>Its state.</summary>
    RunStatus Status { get; }

    /// <summary>Lives; completes when it is gone.</summary>
    Task RunAsync();

    /// <summary>Cuts it off: no boundary is written.</summary>
    void Abort(RunEnd end);

    /// <summary>Asks it to leave as soon as it is between turns.</summary>
    void Evict();
}
