namespace AgentSessions.Gateway.Stagent.Entities;

/// <summary>Names an entity.</summary>
/// <param name="EntityType">Its type, known or not.</param>
/// <param name="EntityId">Its id.</param>
internal sealed record EntityReference(string EntityType, string EntityId);
