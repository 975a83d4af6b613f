using AgentSessions.Core.Sessions;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Runs;

/// <summary>Knows which tool calls a session's owner has allowed once and for all. Register one to let turns go on without asking.</summary>
public interface IStandingApprovals
{
    /// <summary>Whether a call that asks for approval is allowed already.</summary>
    /// <param name="session">The session; its metadata names the owner.</param>
    /// <param name="call">The call with its input.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<bool> AllowsAsync(SessionRow session, ToolPart call, CancellationToken cancellationToken);
}
