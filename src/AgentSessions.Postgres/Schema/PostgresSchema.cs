using Npgsql;

namespace AgentSessions.Postgres.Schema;

/// <summary>Brings the database's schema to the version this program was built for.</summary>
/// <remarks>
/// Any number of processes may apply at once: an advisory lock lets one work and the others find it done. All scripts of a call run in one
/// transaction. Migrations only go forward; a program older than the schema refuses to start.
/// </remarks>
public static class PostgresSchema
{
    /// <summary>The advisory lock's number: "AgntSess" as bytes.</summary>
    private const long Lock = 0x41676E7453657373;

    private const string Prepare = """
        CREATE SCHEMA IF NOT EXISTS agent_sessions;
        CREATE TABLE IF NOT EXISTS agent_sessions.schema_scripts (
            module text NOT NULL,
            version integer NOT NULL,
            name text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (module, version)
        );
        """;

    /// <summary>Applies what is missing. Does nothing, and needs no right to create, where nothing is.</summary>
    /// <param name="connectionString">An Npgsql connection string of a role that owns the schema, or may create it.</param>
    /// <param name="modules">What to apply.</param>
    /// <param name="cancellationToken">Ends the wait; nothing is applied then.</param>
    /// <returns>How many scripts were applied.</returns>
    /// <exception cref="SchemaException">The database is newer than this program.</exception>
    public static async Task<int> ApplyAsync(
        string connectionString, IReadOnlyList<SchemaModule> modules, CancellationToken cancellationToken)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(connectionString);
        return await ApplyAsync(source, modules, cancellationToken);
    }

    /// <inheritdoc cref="ApplyAsync(string, IReadOnlyList{SchemaModule}, CancellationToken)"/>
    public static async Task<int> ApplyAsync(
        NpgsqlDataSource source, IReadOnlyList<SchemaModule> modules, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken);
        if (!await IsMissingAnyAsync(connection, modules, cancellationToken))
        {
            return 0;
        }

        try
        {
            return await ApplyMissingAsync(connection, modules, cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new SchemaException(
                $"The schema is not up to date, and this role may not change it. Apply it with its owner, and set {PostgresOptions.Section}:ApplySchema to false.");
        }
    }

    /// <summary>Throws if the schema is not the one this program was built for.</summary>
    /// <exception cref="SchemaException">It is older, newer or not there.</exception>
    public static async Task CheckAsync(
        NpgsqlDataSource source, IReadOnlyList<SchemaModule> modules, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken);
        if (await IsMissingAnyAsync(connection, modules, cancellationToken))
        {
            throw new SchemaException(
                $"The database's schema is not up to date. Apply it, or set {PostgresOptions.Section}:ApplySchema to true.");
        }
    }

    private static async Task<int> ApplyMissingAsync(
        NpgsqlConnection connection, IReadOnlyList<SchemaModule> modules, CancellationToken cancellationToken)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);

        // Others may hold the lock for as long as their migration takes, and a migration may take long.
        await ExecuteAsync(connection, "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0", cancellationToken);
        await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({Lock})", cancellationToken);
        await ExecuteAsync(connection, Prepare, cancellationToken);
        int applied = 0;
        foreach (SchemaModule module in modules)
        {
            int version = await VersionAsync(connection, module, cancellationToken);
            foreach (SchemaScript script in module.Scripts.Skip(version))
            {
                await ExecuteAsync(connection, script.Sql, cancellationToken);
                await RecordAsync(connection, module, script, cancellationToken);
                applied++;
            }
        }

        await transaction.CommitAsync(cancellationToken);
        return applied;
    }

    private static async Task<bool> IsMissingAnyAsync(
        NpgsqlConnection connection, IReadOnlyList<SchemaModule> modules, CancellationToken cancellationToken)
    {
        await using var exists = new NpgsqlCommand("SELECT to_regclass('agent_sessions.schema_scripts') IS NOT NULL", connection);
        if (!(bool)(await exists.ExecuteScalarAsync(cancellationToken))!)
        {
            return true;
        }

        bool missing = false;
        foreach (SchemaModule module in modules)
        {
            missing |= await VersionAsync(connection, module, cancellationToken) < module.Version;
        }

        return missing;
    }

    private static async Task<int> VersionAsync(NpgsqlConnection connection, SchemaModule module, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT coalesce(max(version), 0) FROM agent_sessions.schema_scripts WHERE module = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = module.Name });
        int version = (int)(await command.ExecuteScalarAsync(cancellationToken))!;
        return version <= module.Version
            ? version
            : throw new SchemaException(
                $"The database's schema '{module.Name}' has version {version}, this program knows {module.Version}. Start a newer program.");
    }

    private static async Task RecordAsync(
        NpgsqlConnection connection, SchemaModule module, SchemaScript script, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "INSERT INTO agent_sessions.schema_scripts (module, version, name) VALUES ($1, $2, $3)", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = module.Name });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = script.Version });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = script.Name });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
