using AgentSessions.Postgres.Connections;
using AgentSessions.Postgres.Schema;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AgentSessions.Orleans.NextServer;

/// <summary>Takes the database one script further than the current version knows.</summary>
internal sealed class NextSchema(IOptions<PostgresOptions> options) : IHostedService
{
    private static readonly string _script = $"""
        ALTER TABLE agent_sessions.heads ADD COLUMN IF NOT EXISTS next_mark text NOT NULL DEFAULT 'next';
        ALTER TABLE agent_sessions.sessions ADD COLUMN IF NOT EXISTS next_mark text NOT NULL DEFAULT 'next';
        ALTER TABLE agent_sessions.records ADD COLUMN IF NOT EXISTS next_mark text NOT NULL DEFAULT 'next';
        ALTER TABLE agent_sessions.runs ADD COLUMN IF NOT EXISTS next_mark text NOT NULL DEFAULT 'next';
        ALTER TABLE agent_sessions.transcripts ADD COLUMN IF NOT EXISTS next_mark text NOT NULL DEFAULT 'next';
        ALTER TABLE agent_sessions.messages ADD COLUMN IF NOT EXISTS next_mark text NOT NULL DEFAULT 'next';
        INSERT INTO agent_sessions.schema_scripts (module, version, name)
        VALUES ('sessions', {SchemaModule.Sessions.Version + 1}, 'next.sql') ON CONFLICT DO NOTHING;
        """;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(options.Value.ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand(_script);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
