using AgentSessions.Core.Sessions;
using AgentSessions.Orleans.Contracts;

namespace AgentSessions.Orleans.Calls;

/// <summary>A cluster client's ways by other nodes. It cannot see which node does not answer, so whatever is slow is tried by others too.</summary>
internal sealed class ClientDetours(IGrainFactory grains) : IDetours
{
    /// <inheritdoc/>
    public TimeSpan Patience => TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public ISessionGrain? Find(SessionKey session, int attempt)
    {
        try
        {
            return grains.GetGrain<IDetourGrain>(GrainKeys.OfDetour(attempt, session));
        }
        catch (ArgumentException)
        {
            // All nodes that are known here are of a version without detours.
            return null;
        }
    }
}
