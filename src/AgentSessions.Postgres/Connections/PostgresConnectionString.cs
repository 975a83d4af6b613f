namespace AgentSessions.Postgres.Connections;

/// <summary>The connection string that the options come to, for others who use the same database.</summary>
public static class PostgresConnectionString
{
    /// <summary>The configured string with the store's limits and the password of the password file. A secret.</summary>
    public static string Of(PostgresOptions options) => ConnectionSettings.ForReaders(options);
}
