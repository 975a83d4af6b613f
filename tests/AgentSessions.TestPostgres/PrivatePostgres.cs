using AgentSessions.TestServer;
using Npgsql;

namespace AgentSessions.TestPostgres;

/// <summary>How a private server is set up.</summary>
/// <param name="Fsync">Whether commits are flushed, as in production. Without, tests of pure logic run faster.</param>
/// <param name="Settings">More settings, such as <c>max_connections=20</c>.</param>
public sealed record PrivatePostgresSettings(bool Fsync = true, params string[] Settings);

/// <summary>A PostgreSQL server of a test's own: a new data folder, a free port on loopback, ended and removed with the object.</summary>
public sealed class PrivatePostgres : IAsyncDisposable
{
    private readonly string _folder;
    private readonly HeldPort _port = new();
    private int _databases;

    private PrivatePostgres(string folder) => _folder = folder;

    /// <summary>The port on 127.0.0.1. It stays the same over restarts.</summary>
    public int Port => _port.Number;

    /// <summary>What the server has logged.</summary>
    public string LogFile => Path.Combine(_folder, "log");

    private string Data => Path.Combine(_folder, "data");

    /// <summary>The settings in which no two servers are alike.</summary>
    private string[] Own => [$"port={Port}", $"unix_socket_directories={_folder}"];

    /// <summary>Makes and starts a server; takes about two seconds.</summary>
    public static async Task<PrivatePostgres> StartAsync(PrivatePostgresSettings? settings = null)
    {
        settings ??= new PrivatePostgresSettings();
        PrivatePostgres server = await MakeAsync();
        await PostgresCommand.RunAsync(
            Program("initdb"), "-D", server.Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-sync");
        await server.SetAsync(
        [
            "listen_addresses=127.0.0.1", .. server.Own, $"fsync={(settings.Fsync ? "on" : "off")}", "max_connections=300", .. settings.Settings,
        ]);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Makes and starts a second server that follows this one, as <see cref="FollowAsync"/> does.</summary>
    public async Task<PrivatePostgres> StartStandbyAsync()
    {
        PrivatePostgres standby = await MakeAsync();
        await standby.FollowAsync(this);
        return standby;
    }

    /// <summary>A connection string for the user postgres, without password.</summary>
    public string ConnectionString(string database = "postgres") =>
        $"Host=127.0.0.1;Port={Port};Username=postgres;Database={database}";

    /// <summary>Makes an empty database.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        string name = $"test{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync($"CREATE DATABASE {name}");
        return ConnectionString(name);
    }

    /// <summary>Runs SQL as an operator would, over a connection of its own.</summary>
    /// <returns>The first value of the first row, or null.</returns>
    public async Task<object?> ExecuteAsync(string sql, string database = "postgres")
    {
        await using var connection = new NpgsqlConnection(ConnectionString(database) + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>Dumps a database as an operator does, and restores the dump as another one.</summary>
    public async Task DumpAsync(string database, string copy)
    {
        string file = Path.Combine(_folder, $"{copy}.dump");
        string[] server = ["-h", "127.0.0.1", "-p", $"{Port}", "-U", "postgres"];
        await PostgresCommand.RunAsync(Program("pg_dump"), [.. server, "-Fc", "-f", file, database]);
        await ExecuteAsync($"CREATE DATABASE {copy}");
        await PostgresCommand.RunAsync(Program("pg_restore"), [.. server, "-d", copy, file]);
    }

    /// <summary>What a pattern finds in a dump of a database, each text once, in order.</summary>
    public async Task<IReadOnlyList<string>> FindInDumpAsync(string database, string pattern) => await FindAsync(
        pattern, $"{Program("pg_dump")} -h 127.0.0.1 -p {Port} -U postgres {database}");

    /// <summary>What a pattern finds in the files of all tables and indexes, each text once, in order.</summary>
    public async Task<IReadOnlyList<string>> FindInFilesAsync(string pattern) => await FindAsync(pattern, $"find {Path.Combine(Data, "base")} -type f -exec cat {{}} +");

    /// <summary>Stops the server; its data stays.</summary>
    /// <param name="mode"><c>fast</c> ends all sessions and shuts down cleanly; <c>immediate</c> is a crash.</param>
    public Task StopAsync(string mode = "fast") => PostgresCommand.RunAsync(Program("pg_ctl"), "-D", Data, "-m", mode, "-w", "stop");

    /// <summary>Starts the server after <see cref="StopAsync"/>.</summary>
    public Task StartAgainAsync() => PostgresCommand.RunAsync(Program("pg_ctl"), "-D", Data, "-l", LogFile, "-w", "start");

    /// <summary>Makes a stopped server a standby: its data is replaced by a copy of the primary's, and it keeps up with the primary from then on.</summary>
    public async Task FollowAsync(PrivatePostgres primary)
    {
        await PostgresCommand.RunAsync("rm", "-rf", Data);
        await PostgresCommand.RunAsync(
            Program("pg_basebackup"), "-h", "127.0.0.1", "-p", $"{primary.Port}", "-U", "postgres", "-D", Data, "-R", "-C", "-S", "standby", "-c", "fast", "--no-sync");
        await SetAsync(Own);
        await StartAgainAsync();
    }

    /// <summary>Makes a standby the primary.</summary>
    public Task PromoteAsync() => PostgresCommand.RunAsync(Program("pg_ctl"), "-D", Data, "-w", "promote");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await AbandonedServers.EndAsync(_folder);
        _port.Dispose();
    }

    private static async Task<string[]> FindAsync(string pattern, string command) =>
        (await PostgresCommand.RunAsync("bash", "-c", $"set -o pipefail; {command} | {{ grep -aoE '{pattern}' || true; }} | sort -u"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static async Task<PrivatePostgres> MakeAsync()
    {
        await AbandonedServers.RemoveAsync();
        string folder = Path.Combine(Path.GetTempPath(), AbandonedServers.NewName());
        await PostgresCommand.RunAsync("mkdir", "-m", "700", folder);
        var server = new PrivatePostgres(folder);
        await PostgresCommand.RunAsync("cp", "/dev/null", server.LogFile);
        return server;
    }

    /// <param name="lines">Each a name, <c>=</c> and a value. Of two for one name the later counts.</param>
    private async Task SetAsync(params string[] lines)
    {
        foreach (string line in lines)
        {
            string[] parts = line.Split('=', 2);
            await PostgresCommand.RunAsync(
                "sh", "-c", "printf \"%s = '%s'\\n\" \"$1\" \"$2\" >> \"$3\"", "sh", parts[0], parts[1], Path.Combine(Data, "postgresql.conf"));
        }
    }

    private static string Program(string name) => Path.Combine(PostgresBinaries.Folder, name);
}
