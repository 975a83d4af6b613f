[assembly: TestFramework("AgentSessions.TestPostgres.PostgresTestFramework", "AgentSessions.TestPostgres")]
