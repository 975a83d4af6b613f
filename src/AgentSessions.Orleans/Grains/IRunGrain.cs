using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using Orleans.Concurrency;

namespace AgentSessions.Orleans.Grains;

/// <summary>One run: the agent's code at work on the node where this grain is.</summary>
[Alias("AgentSessions.Run")]
internal interface IRunGrain : IGrainWithStringKey
{
    /// <summary>Starts a claimed run here.</summary>
    [Alias("Start")]
    Task StartAsync([Immutable] RunStart start);

    /// <summary>The run's state, or null if it does not live: it ended, or its node died.</summary>
    [Alias("Status")]
    Task<RunStatus?> GetStatusAsync(SessionKey session, string runId);

    /// <summary>Cuts the run off without a boundary.</summary>
    [Alias("Cancel")]
    Task CancelAsync(SessionKey session, string runId);
}
