using AgentSessions.Core.Sessions;
using AgentSessions.Orleans.Contracts;

namespace AgentSessions.Orleans.Calls;

/// <summary>Other ways to a session, for calls that are not answered: their node hangs, or the way to it is cut.</summary>
internal interface IDetours
{
    /// <summary>How long a call waits before another way is thought of, and between two of them.</summary>
    TimeSpan Patience { get; }

    /// <summary>A way that is worth a try beside the straight one; null while there is none, or no reason for one.</summary>
    /// <param name="session">The session.</param>
    /// <param name="attempt">How many were tried before.</param>
    ISessionGrain? Find(SessionKey session, int attempt);
}
