using System.Text;
using AgentSessions.Postgres.Connections;
using AgentSessions.Postgres.Schema;
using AgentSessions.TestPostgres;
using Npgsql;

namespace AgentSessions.Postgres.Tests.Schema;

public sealed class SchemaTests
{
    private static readonly IReadOnlyList<SchemaModule> _modules = [SchemaModule.Sessions];

    [Fact]
    public async Task Apply_ByManyAtOnce_IsDoneOnce()
    {
        string database = await (await SharedPostgres.GetAsync()).CreateDatabaseAsync();
        int[] applied = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => PostgresSchema.ApplyAsync(database, _modules, default))));
        Assert.Equal(SchemaModule.Sessions.Version, applied.Sum());
        Assert.Equal(1, applied.Count(count => count > 0));
        Assert.Equal((long)SchemaModule.Sessions.Version, await ScalarAsync(database, "SELECT count(*) FROM agent_sessions.schema_scripts"));
    }

    [Fact]
    public async Task Start_WhenTheSchemaHasGrown_GoesOn_ButNotAfterABreakingScript()
    {
        string database = await (await SharedPostgres.GetAsync()).CreateDatabaseAsync();
        await PostgresSchema.ApplyAsync(database, _modules, default);
        PostgresOptions options = StoreOpener.Options(database);
        await AddScriptAsync(98, isBreaking: false);
        await (await StoreOpener.OpenAsync(options)).DisposeAsync();
        options.ApplySchema = false;
        await (await StoreOpener.OpenAsync(options)).DisposeAsync();

        await AddScriptAsync(99, isBreaking: true);
        SchemaException refused = await Assert.ThrowsAsync<SchemaException>(() => StoreOpener.OpenAsync(options));
        Assert.Contains("version 99", refused.Message);
        Assert.Contains("up to 98", refused.Message);
        Assert.Contains("newer program", refused.Message);
        options.ApplySchema = true;
        await Assert.ThrowsAsync<SchemaException>(() => StoreOpener.OpenAsync(options));

        Task AddScriptAsync(int version, bool isBreaking) => ScalarAsync(
            database, $"INSERT INTO agent_sessions.schema_scripts (module, version, name, breaking) VALUES ('sessions', {version}, 'later.sql', {isBreaking})");
    }

    [Fact]
    public async Task Apply_ToATableOfAnEarlierProgram_AddsWhatItLacks()
    {
        string database = await (await SharedPostgres.GetAsync()).CreateDatabaseAsync();
        await PostgresSchema.ApplyAsync(database, _modules, default);
        await ScalarAsync(database, "ALTER TABLE agent_sessions.schema_scripts DROP COLUMN breaking");
        Assert.Equal(0, await PostgresSchema.ApplyAsync(database, _modules, default));

        await ScalarAsync(
            database,
            $"DELETE FROM agent_sessions.schema_scripts WHERE version = {SchemaModule.Sessions.Version}; ALTER TABLE agent_sessions.sessions DROP COLUMN held_by");
        Assert.Equal(1, await PostgresSchema.ApplyAsync(database, _modules, default));
        Assert.Equal(0L, await ScalarAsync(database, "SELECT count(*) FROM agent_sessions.schema_scripts WHERE breaking"));
    }

    [Fact]
    public async Task Start_WhenItMayNotApply_RefusesAnOldSchemaAndTakesTheCurrentOne()
    {
        PrivatePostgres server = await SharedPostgres.GetAsync();
        string database = await server.CreateDatabaseAsync();
        string role = "reader_" + Guid.NewGuid().ToString("n");
        string name = new NpgsqlConnectionStringBuilder(database).Database!;
        await server.ExecuteAsync($"CREATE ROLE {role} LOGIN");
        PostgresOptions options = StoreOpener.Options(database.Replace("Username=postgres", "Username=" + role));
        options.ApplySchema = false;
        SchemaException refused = await Assert.ThrowsAsync<SchemaException>(() => StoreOpener.OpenAsync(options));
        Assert.Contains("AgentSessions:Postgres:ApplySchema", refused.Message);
        options.ApplySchema = true;
        refused = await Assert.ThrowsAsync<SchemaException>(() => StoreOpener.OpenAsync(options));
        Assert.Contains("may not change it", refused.Message);
        options.ApplySchema = false;

        await PostgresSchema.ApplyAsync(database, _modules, default);
        await server.ExecuteAsync(
            $"GRANT USAGE ON SCHEMA agent_sessions TO {role}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA agent_sessions TO {role}", name);
        await (await StoreOpener.OpenAsync(options)).DisposeAsync();
        options.ApplySchema = true;
        await (await StoreOpener.OpenAsync(options)).DisposeAsync();
    }

    [Fact]
    public async Task Apply_ByTheOwnerOfTheSchema_NeedsNoRightInTheDatabase()
    {
        PrivatePostgres server = await SharedPostgres.GetAsync();
        string database = await server.CreateDatabaseAsync();
        string role = "owner_" + Guid.NewGuid().ToString("n");
        await server.ExecuteAsync($"CREATE ROLE {role} LOGIN; CREATE SCHEMA agent_sessions AUTHORIZATION {role}", new NpgsqlConnectionStringBuilder(database).Database!);

        await (await StoreOpener.OpenAsync(StoreOpener.Options(database.Replace("Username=postgres", "Username=" + role)))).DisposeAsync();
    }

    /// <summary>What is stored is a promise to later programs: a change of the schema is a new script, and this text shows it.</summary>
    [Fact]
    public async Task Apply_GivesTheGoldenSchema()
    {
        string database = await (await SharedPostgres.GetAsync()).CreateDatabaseAsync();
        await PostgresSchema.ApplyAsync(database, _modules, default);
        string golden = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Schema", "schema.golden.txt"));
        Assert.Equal(golden, await DescribeAsync(database));
    }

    private static async Task<string> DescribeAsync(string database)
    {
        const string columns = """
            SELECT format('%s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                CASE WHEN l.collname = 'C' THEN ' C' ELSE '' END, CASE WHEN a.attnotnull THEN ' not null' ELSE '' END)
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_collation l ON l.oid = a.attcollation
            WHERE c.relnamespace = 'agent_sessions'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
            ORDER BY c.relname, a.attnum
            """;
        const string indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'agent_sessions' ORDER BY indexdef";
        var text = new StringBuilder();
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(database);
        foreach (string query in (string[])[columns, indexes])
        {
            await using NpgsqlCommand command = source.CreateCommand(query);
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                text.Append(reader.GetString(0)).Append('\n');
            }
        }

        return text.ToString();
    }

    private static async Task<object?> ScalarAsync(string database, string sql)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(database);
        return await source.CreateCommand(sql).ExecuteScalarAsync();
    }
}
