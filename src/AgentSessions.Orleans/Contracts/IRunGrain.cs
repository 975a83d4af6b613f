using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;

namespace AgentSessions.Orleans.Contracts;

/// <summary>One run: the agent's code at work on the node where this grain is.</summary>
[Alias("AgentSessions.Run")]
internal interface IRunGrain : IGrainWithStringKey
{
    /// <summary>How long a session waits for its run's node: a little longer than it takes to call one dead that hangs.</summary>
    const string Patience = "00:00:10";

    /// <summary>Starts a claimed run here.</summary>
    [Alias("Start"), ResponseTimeout(Patience)]
    Task StartAsync([Immutable] RunStart start);

    /// <summary>The run's state, or null if it does not live: it ended, or its node died.</summary>
    [Alias("Status"), ResponseTimeout(Patience)]
    Task<RunStatus?> GetStatusAsync(SessionKey session, string runId);

    /// <summary>Cuts the run off without a boundary.</summary>
    [Alias("Cancel")]
    Task CancelAsync(SessionKey session, string runId);
}
