using AgentSessions.Core.Storage;

namespace AgentSessions.Core.Events;

/// <summary>Keeps what happened to sessions until others have been told. What it keeps is part of the commit in which it happened.</summary>
public interface IEventOutbox
{
    /// <summary>What to put so that the event is told; empty when nobody wants to know.</summary>
    IReadOnlyList<StatePut> Put(SessionEvent happened);
}
