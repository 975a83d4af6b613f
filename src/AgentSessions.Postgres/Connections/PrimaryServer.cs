using Npgsql;

namespace AgentSessions.Postgres.Connections;

/// <summary>The servers that the connection string names: opens connections to the one that is the primary.</summary>
/// <remarks>
/// Whichever was it last is asked first, and the others only when it lets nobody in. So one that is back from the dead takes nobody away from
/// its successor, and one whose machine does not even refuse holds nobody up once the successor was found.
/// </remarks>
internal sealed class PrimaryServer : IAsyncDisposable
{
    private readonly NpgsqlDataSource[] _servers;
    private int _primary;

    /// <param name="connectionString">Its <c>Host</c> may name several servers, divided by commas.</param>
    public PrimaryServer(string connectionString) =>
        _servers = [.. ConnectionSettings.Split(connectionString).Select(Build)];

    /// <exception cref="NpgsqlException">No server is a primary that lets us in; what the one asked last said.</exception>
    public async ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        int first = Volatile.Read(ref _primary);
        for (int i = 0; ; i++)
        {
            int asked = (first + i) % _servers.Length;
            try
            {
                NpgsqlConnection connection = await _servers[asked].OpenConnectionAsync(cancellationToken);
                Volatile.Write(ref _primary, asked);
                return connection;
            }
            catch (Exception exception) when (PostgresFaults.IsFault(exception) && i + 1 < _servers.Length)
            {
                // The next one may be it.
            }
        }
    }

    /// <summary>Closes every connection once it is not in use.</summary>
    public void Clear()
    {
        foreach (NpgsqlDataSource server in _servers)
        {
            server.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (NpgsqlDataSource server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    private static NpgsqlDataSource Build(string connectionString)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.UsePhysicalConnectionInitializer(
            connection => DurabilityRule.ApplyAsync(connection, async: false, default).GetAwaiter().GetResult(),
            connection => DurabilityRule.ApplyAsync(connection, async: true, default));
        return builder.Build();
    }
}
