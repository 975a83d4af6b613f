namespace AgentSessions.Core.Runs.State;

/// <summary>Tells the services of a run's scope whose scope it is.</summary>
internal sealed class RunScope
{
    /// <summary>The run; null outside of one.</summary>
    public RunState? Run { get; set; }
}
