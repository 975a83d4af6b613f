namespace AgentSessions.Core.Runs.Writing;

/// <summary>Another run owns the session: nothing this run writes counts any more, and it has to leave.</summary>
internal sealed class LostClaimException() : Exception("Another run owns the session.");
