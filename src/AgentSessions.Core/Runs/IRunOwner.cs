using AgentSessions.Core.Sessions;

namespace AgentSessions.Core.Runs;

/// <summary>The session's side of a run: what only the owner of the row may decide. A run calls it; any host implements it.</summary>
public interface IRunOwner
{
    /// <summary>Ends the run. The exit handshake: if a message past <paramref name="consumedThrough"/> is owed, a continuation is claimed in the same commit.</summary>
    /// <param name="run">The run that ends.</param>
    /// <param name="end">Why.</param>
    /// <param name="progress">The progress to store with the end.</param>
    /// <param name="consumedThrough">
    /// The <c>in</c> sequence through which the run has taken every record; a record after it is owed to a successor.
    /// </param>
    /// <param name="error">A text that is safe to show, when it failed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask EndAsync(RunStart run, RunEnd end, SessionProgress progress, long consumedThrough, string? error, CancellationToken cancellationToken);

    /// <summary>Claims a successor if the run still owns the session; it starts at once.</summary>
    /// <remarks>
    /// Of an upgrade the <c>upgrade-required</c> record is appended to <c>out</c> with the claim, so the calling run flushes before and writes
    /// nothing after.
    /// </remarks>
    /// <returns>False if another run owns the session: just leave.</returns>
    ValueTask<bool> SwapAsync(RunStart run, RunSuccessor successor, CancellationToken cancellationToken);

    /// <summary>
    /// The run is no longer on its host, which is leaving: what it left undone goes on elsewhere. Does nothing where there is no elsewhere.
    /// </summary>
    ValueTask PassOnAsync(RunStart run, CancellationToken cancellationToken) => default;

    /// <summary>Closes the session from inside its run.</summary>
    ValueTask CloseSessionAsync(RunStart run, string? reason, CancellationToken cancellationToken);
}

/// <summary>Who takes over from a run.</summary>
/// <param name="Version">The version; null for the one that is deployed.</param>
/// <param name="Agent">Another agent, which answers the session from then on; null for another version of the same.</param>
public sealed record RunSuccessor(string? Version, string? Agent = null)
{
    /// <summary>The version that goes on: the one the session is locked to, else the one that is asked for, else the one that is deployed. A lock is to the agent before, so another agent has none.</summary>
    internal string? VersionIn(SessionRow session, IAgentCatalog agents) =>
        (Agent is null ? SessionPin.Of(session) : null) ?? Version ?? agents.Find(Agent ?? session.Agent)?.Version;
}
