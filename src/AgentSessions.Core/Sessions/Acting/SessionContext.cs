using AgentSessions.Core.Events;
using AgentSessions.Core.Redaction;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams.Live;

namespace AgentSessions.Core.Sessions.Acting;

/// <summary>What every session of a host shares.</summary>
/// <param name="Store">Where sessions live.</param>
/// <param name="Hub">Who is told of what was committed.</param>
/// <param name="Runs">Where runs live.</param>
/// <param name="Agents">Which agents there are.</param>
/// <param name="Time">The clock.</param>
/// <param name="Ids">Makes ids.</param>
public sealed record SessionContext(
    ISessionStore Store, StreamHub Hub, IRunHost Runs, IAgentCatalog Agents, TimeProvider Time, IIdSource Ids)
{
    /// <summary>Whether the host is leaving: what is owed stays marked as owed, for whoever comes after, and nothing new is started.</summary>
    public Func<bool> IsDraining { get; init; } = static () => false;

    /// <summary>Where to put what others want to be told; null for nowhere.</summary>
    public IEventOutbox? Outbox { get; init; }

    /// <summary>Takes out of records what must not be kept, before they are numbered; null for nothing.</summary>
    public TextRedaction? Redaction { get; init; }

    /// <summary>How many turns may be open here; null for any number.</summary>
    public OpenTurns? Turns { get; init; }

    /// <summary>How much environments may keep; null for any amount.</summary>
    public StorageQuota? Quota { get; init; }
}
