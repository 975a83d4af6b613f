using AgentSessions.Core.Sessions;

namespace AgentSessions.Core.Runs;

/// <summary>Mints the session tokens that ride on boundaries and on create answers (wire document, sections 2.2 and 6.3).</summary>
public interface ISessionTokens
{
    /// <summary>A token for one hour that reads and writes the session, and with a run also reads that run.</summary>
    string Mint(SessionKey session, string? runId);
}
