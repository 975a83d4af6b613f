namespace AgentSessions.Agents;

/// <summary>A filter, and the one agent it is for, or null for all.</summary>
internal sealed record AgentFilterRegistration(Func<IServiceProvider, AgentFilter> Create, string? Agent);
