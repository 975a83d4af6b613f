using AgentSessions.TestPostgres;

namespace AgentSessions.Orleans.Tests.Hosting;

/// <summary>A test that needs PostgreSQL; skipped with a clear line where it is missing.</summary>
internal sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresBinaries.WhyNot;
}
