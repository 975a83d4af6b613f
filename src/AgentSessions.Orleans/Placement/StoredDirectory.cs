using AgentSessions.Orleans.Settings;
using AgentSessions.Postgres.Connections;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Orleans.Configuration;
using Orleans.GrainDirectory;

namespace AgentSessions.Orleans.Placement;

/// <summary>Where sessions and runs are active, kept in PostgreSQL.</summary>
/// <remarks>
/// Orleans' own directory is spread over the nodes: with every node that leaves, dies or cannot be reached a part of it goes, sessions on other
/// nodes are put out of memory with it, and calls wait until the rest has settled who knows the part. This one is where the sessions are.
/// An entry that is wrong or lost costs a conflict in the store, so nobody waits for the disk.
/// </remarks>
internal sealed partial class StoredDirectory : IGrainDirectory, IAsyncDisposable
{
    /// <summary>The directory's name in Orleans.</summary>
    public const string Name = "stored";

    private const string Find = "SELECT node, activation, version FROM activations WHERE cluster = $1 AND grain = $2";

    private const string Add = """
        INSERT INTO activations AS known VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (cluster, grain) DO UPDATE SET node = $3, activation = $4, version = $5 WHERE known.activation = $6
        """;

    private const string Remove = "DELETE FROM activations WHERE cluster = $1 AND grain = $2 AND activation = $3";

    private const string RemoveNodes = "DELETE FROM activations WHERE cluster = $1 AND node = ANY($2)";

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private readonly string _cluster;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;
    private readonly ILogger<StoredDirectory> _logger;
    private readonly PrimaryServer _database;

    public StoredDirectory(IOptions<PostgresOptions> postgres, IOptions<ClusterOptions> cluster, TimeProvider time, ILogger<StoredDirectory> logger)
    {
        _cluster = cluster.Value.ClusterId;
        _patience = postgres.Value.RetryFor;
        _time = time;
        _logger = logger;
        _database = new PrimaryServer(OrleansSettings.DirectoryConnectionString(postgres.Value), mustLast: false);
    }

    public Task<GrainAddress?> Register(GrainAddress address) => Register(address, null);

    public Task<GrainAddress?> Register(GrainAddress address, GrainAddress? previousAddress) => TryAsync<GrainAddress?>(async connection =>
    {
        while (true)
        {
            // Two statements, so that the second sees what kept the first from adding.
            await using NpgsqlBatch batch = connection.CreateBatch();
            batch.BatchCommands.Add(new NpgsqlBatchCommand(Add)
            {
                Parameters =
                {
                    Text(_cluster),
                    Text(address.GrainId.ToString()),
                    Text(address.SiloAddress!.ToParsableString()),
                    Text(address.ActivationId.ToParsableString()),
                    new NpgsqlParameter<long> { TypedValue = address.MembershipVersion.Value },
                    Text(previousAddress?.ActivationId.ToParsableString()),
                },
            });
            batch.BatchCommands.Add(new NpgsqlBatchCommand(Find) { Parameters = { Text(_cluster), Text(address.GrainId.ToString()) } });
            await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync();
            if (await ReadAsync(address.GrainId, reader) is { } registered)
            {
                return registered;
            }
        }
    });

    public Task Unregister(GrainAddress address) =>
        ChangeAsync(Remove, Text(_cluster), Text(address.GrainId.ToString()), Text(address.ActivationId.ToParsableString()));

    public Task<GrainAddress?> Lookup(GrainId grainId) => TryAsync(async connection =>
    {
        await using var command = new NpgsqlCommand(Find, connection);
        command.Parameters.Add(Text(_cluster));
        command.Parameters.Add(Text(grainId.ToString()));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        return await ReadAsync(grainId, reader);
    });

    /// <remarks>Never fails: Orleans would remove nothing from then on. What stays names nodes that are gone, and nobody heeds that.</remarks>
    public async Task UnregisterSilos(List<SiloAddress> siloAddresses)
    {
        try
        {
            await ChangeAsync(
                RemoveNodes,
                Text(_cluster),
                new NpgsqlParameter { Value = siloAddresses.Select(static node => node.ToParsableString()).ToArray() });
        }
        catch (SiloUnavailableException exception)
        {
            LogNotForgotten(exception);
        }
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private Task ChangeAsync(string statement, params NpgsqlParameter[] parameters) => TryAsync(async connection =>
    {
        await using var command = new NpgsqlCommand(statement, connection);
        foreach (NpgsqlParameter parameter in parameters)
        {
            command.Parameters.Add(parameter.Clone());
        }

        return await command.ExecuteNonQueryAsync();
    });

    /// <summary>Each operation may be carried out twice, so it is repeated while the database is away.</summary>
    /// <exception cref="SiloUnavailableException">It is away for long; whoever called the grain is told to repeat.</exception>
    private async Task<T> TryAsync<T>(Func<NpgsqlConnection, Task<T>> operation)
    {
        long started = _time.GetTimestamp();
        while (true)
        {
            try
            {
                await using NpgsqlConnection connection = await _database.OpenAsync(CancellationToken.None);
                return await operation(connection);
            }
            catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
            {
                // One broken connection mostly means that all are.
                _database.Clear();
                if (_time.GetElapsedTime(started) > _patience)
                {
                    throw new SiloUnavailableException("Where the session is active cannot be looked up right now", exception);
                }
            }

            await Task.Delay(_pause, _time);
        }
    }

    private static async Task<GrainAddress?> ReadAsync(GrainId grain, NpgsqlDataReader reader) =>
        !await reader.ReadAsync()
            ? null
            : new GrainAddress
            {
                GrainId = grain,
                SiloAddress = SiloAddress.FromParsableString(reader.GetString(0)),
                ActivationId = ActivationId.FromParsableString(reader.GetString(1)),
                MembershipVersion = new MembershipVersion(reader.GetInt64(2)),
            };

    private static NpgsqlParameter Text(string? value) => new() { NpgsqlDbType = NpgsqlDbType.Text, Value = value ?? (object)DBNull.Value };

    [LoggerMessage(3190, LogLevel.Warning, "What was active on nodes that are gone could not be removed; it stays until it is replaced.")]
    private partial void LogNotForgotten(Exception exception);
}
