namespace AgentSessions.Postgres.Schema;

/// <summary>The database's schema does not fit this program. The text says what the operator has to do.</summary>
public sealed class SchemaException(string message) : Exception(message);
