using AgentSessions.Core;
using AgentSessions.Core.Storage;

namespace AgentSessions.Gateway.Health;

/// <summary>Whether the store answers: without it nothing can be read or accepted.</summary>
internal sealed class StoreReadiness(ISessionEngine engine) : IReadinessCheck
{
    // A value that is never there costs one look-up.
    private static readonly StateKey _probe = new("health", "health", "ready");

    public string Name => "store";

    public async ValueTask<string?> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await engine.State.GetAsync(_probe, cancellationToken);
            return null;
        }
        catch (StoreUnavailableException)
        {
            return "away";
        }
    }
}
