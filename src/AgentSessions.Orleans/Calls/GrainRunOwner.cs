using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;

namespace AgentSessions.Orleans.Calls;

/// <summary>A run's way back to its session, wherever that is by now.</summary>
internal sealed class GrainRunOwner(SessionCalls sessions, SessionKey session) : IRunOwner
{
    public ValueTask EndAsync(
        RunStart run, RunEnd end, SessionProgress progress, long consumedThrough, string? error, CancellationToken cancellationToken) =>
        sessions.CallAsync(session, grain => grain.EndRunAsync(run, end, progress, consumedThrough, error), cancellationToken);

    public ValueTask PassOnAsync(RunStart run, CancellationToken cancellationToken) =>
        sessions.CallAsync(session, static grain => grain.LookAfterAsync(), cancellationToken);

    public ValueTask<bool> SwapAsync(RunStart run, RunSuccessor successor, CancellationToken cancellationToken) =>
        sessions.CallAsync(session, grain => grain.SwapOwnRunAsync(run, successor), isRepeatable: true, cancellationToken);

    public ValueTask CloseSessionAsync(RunStart run, string? reason, CancellationToken cancellationToken) =>
        sessions.CallAsync(session, grain => grain.CloseFromRunAsync(run, reason), cancellationToken);
}
