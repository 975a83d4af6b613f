
namespace AgentSessions.Orleans.Contracts;

/// <summary>The cluster's one sweeper: looks after sessions whose node is gone.</summary>
[Alias("AgentSessions.Sweep")]
internal interface ISweepGrain : IGrainWithStringKey
{
    /// <summary>Its only name.</summary>
    const string Name = "live";

    /// <summary>Asks for a sweep, and does not wait for it. Of several askers during a sweep one more sweep comes.</summary>
    [Alias("Sweep")]
    Task SweepAsync();
}
