using AgentSessions.Core.Sessions;

namespace AgentSessions.Orleans.Contracts;

/// <summary>Calls a session from another node than the one that asks; see <see cref="GrainKeys.OfDetour(SiloAddress, SessionKey)"/>.</summary>
[Alias("AgentSessions.Detour")]
internal interface IDetourGrain : ISessionGrain;
