using Npgsql;

namespace AgentSessions.Postgres.Connections;

/// <summary>The servers that the connection string names: opens connections to the one that is the primary.</summary>
/// <remarks>
/// Whichever was it last is asked first, and the others only when it lets nobody in. So one that is back from the dead takes nobody away from
/// its successor, and one whose machine does not even refuse holds nobody up once the successor was found.
/// </remarks>
public sealed class PrimaryServer : IAsyncDisposable
{
    private readonly NpgsqlDataSource[] _servers;
    private int _primary;

    /// <summary>Makes no connection yet.</summary>
    /// <param name="connectionString">Its <c>Host</c> may name several servers, divided by commas.</param>
    /// <param name="mustLast">Whether what is committed outlasts a crash whatever the server's defaults are; without, it is as the string has it.</param>
    public PrimaryServer(string connectionString, bool mustLast = true) =>
        _servers = [.. ConnectionSettings.Split(connectionString).Select(server => Build(server, mustLast))];

    /// <summary>Opens a connection, which is the caller's to dispose of.</summary>
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

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (NpgsqlDataSource server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    private static NpgsqlDataSource Build(string connectionString, bool mustLast)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.UsePhysicalConnectionInitializer(
            connection => DurabilityRule.ApplyAsync(connection, mustLast, async: false).GetAwaiter().GetResult(),
            connection => DurabilityRule.ApplyAsync(connection, mustLast, async: true));
        return builder.Build();
    }
}
