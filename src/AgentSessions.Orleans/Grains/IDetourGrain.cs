namespace AgentSessions.Orleans.Grains;

/// <summary>Calls a session from another node than the one that asks; see <see cref="GrainKeys.OfDetour(SiloAddress, Core.Sessions.SessionKey)"/>.</summary>
[Alias("AgentSessions.Detour")]
internal interface IDetourGrain : ISessionGrain;
