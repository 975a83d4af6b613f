using Xunit;

namespace AgentSessions.TestPostgres;

/// <summary>A test that needs PostgreSQL; skipped with a clear line where it is missing.</summary>
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresBinaries.WhyNot;
}
