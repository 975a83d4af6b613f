using AgentSessions.TestPostgres;

namespace AgentSessions.Operations.Tests;

/// <summary>A test that needs a PostgreSQL server of its own, and says so when it is skipped.</summary>
internal sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresBinaries.WhyNot;
}
