using AgentSessions.Postgres.Connections;
using Npgsql;

namespace AgentSessions.Postgres.Schema;

/// <summary>Brings the database's schema to the version this program was built for.</summary>
/// <remarks>
/// Any number of processes may apply at once: an advisory lock lets one work and the others find it done. All scripts of a call run in one
/// transaction. Migrations only go forward. A program goes on with a schema that is newer than itself, so that versions run side by side and
/// the older one can come back; only a script that says it is breaking (<see cref="SchemaScript.IsBreaking"/>) shuts older programs out.
/// </remarks>
public static class PostgresSchema
{
    /// <summary>The advisory lock's number: "AgntSess" as bytes.</summary>
    private const long Lock = 0x41676E7453657373;

    // IF NOT EXISTS asks for the right to create schemas even where there is one, and its owner may not have that.
    private const string Prepare = """
        DO $$ BEGIN
            IF to_regnamespace('agent_sessions') IS NULL THEN CREATE SCHEMA agent_sessions; END IF;
        END $$;
        CREATE TABLE IF NOT EXISTS agent_sessions.schema_scripts (
            module text NOT NULL,
            version integer NOT NULL,
            name text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (module, version)
        );
        ALTER TABLE agent_sessions.schema_scripts ADD COLUMN IF NOT EXISTS breaking boolean NOT NULL DEFAULT false;
        """;

    /// <summary>Applies what is missing. Does nothing, and needs no right to create, where nothing is.</summary>
    /// <param name="connectionString">An Npgsql connection string of a role that owns the schema, or may create it.</param>
    /// <param name="modules">What to apply.</param>
    /// <param name="cancellationToken">Ends the wait; nothing is applied then.</param>
    /// <returns>How many scripts were applied.</returns>
    /// <exception cref="SchemaException">The database is too new for this program.</exception>
    public static async Task<int> ApplyAsync(
        string connectionString, IReadOnlyList<SchemaModule> modules, CancellationToken cancellationToken)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(connectionString);
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken);
        return await ApplyAsync(connection, modules, cancellationToken);
    }

    /// <inheritdoc cref="ApplyAsync(string, IReadOnlyList{SchemaModule}, CancellationToken)"/>
    public static async Task<int> ApplyAsync(
        NpgsqlConnection connection, IReadOnlyList<SchemaModule> modules, CancellationToken cancellationToken)
    {
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

    /// <summary>Throws if this program cannot work with the schema.</summary>
    /// <exception cref="SchemaException">It is older, too new or not there.</exception>
    public static async Task CheckAsync(
        NpgsqlConnection connection, IReadOnlyList<SchemaModule> modules, CancellationToken cancellationToken)
    {
        if (await IsMissingAnyAsync(connection, modules, cancellationToken))
        {
            throw new SchemaException(
                "The database's schema is not up to date. A server of this version brings it up to date when it starts, unless its "
                + $"{PostgresOptions.Section}:ApplySchema is false: then apply it with its owner. Clients of a cluster are upgraded after its nodes.");
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

    /// <summary>The newest script that was applied.</summary>
    /// <exception cref="SchemaException">A breaking one that this program does not know is among them.</exception>
    private static async Task<int> VersionAsync(NpgsqlConnection connection, SchemaModule module, CancellationToken cancellationToken)
    {
        // By way of JSON, because a table that an earlier program made has no such column.
        await using var command = new NpgsqlCommand(
            """
            SELECT coalesce(max(version), 0), coalesce(max(version) FILTER (WHERE (to_jsonb(script) ->> 'breaking')::boolean), 0)
            FROM agent_sessions.schema_scripts script WHERE module = $1
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = module.Name });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        (int version, int breaking) = (reader.GetInt32(0), reader.GetInt32(1));
        return breaking <= module.Version
            ? version
            : throw new SchemaException(
                $"The database's schema '{module.Name}' has version {version}, this program can use up to {breaking - 1}. Start a newer program.");
    }

    private static async Task RecordAsync(
        NpgsqlConnection connection, SchemaModule module, SchemaScript script, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "INSERT INTO agent_sessions.schema_scripts (module, version, name, breaking) VALUES ($1, $2, $3, $4)", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = module.Name });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = script.Version });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = script.Name });
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = script.IsBreaking });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
