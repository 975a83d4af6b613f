using AgentSessions.Core;
using AgentSessions.Core.Expiry;

namespace AgentSessions.Conformance.Engine;

/// <summary>An engine at work with <see cref="ConformanceAgents"/>, over a store that outlives it.</summary>
public abstract class EngineHost : IAsyncDisposable
{
    /// <summary>The engine. After <see cref="RestartAsync"/> it is another one.</summary>
    public abstract ISessionEngine Engine { get; }

    /// <summary>Deletes sessions that expired some time ago; the host keeps them for no time at all.</summary>
    public abstract ExpiredSessions Expired { get; }

    /// <summary>Ends the engine without any grace for turns that live, and starts another one on what is stored.</summary>
    public abstract Task RestartAsync();

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
