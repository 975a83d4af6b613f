using AgentSessions.Orleans.Settings;
using AgentSessions.Postgres.Connections;
using AgentSessions.Postgres.Schema;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AgentSessions.Orleans.Hosting;

/// <summary>Brings Orleans' tables up to date before the silo asks for them. The store's start has waited for the server by then.</summary>
internal sealed partial class OrleansSchema(IOptions<PostgresOptions> options, OrleansOptions orleans, ILogger<OrleansSchema> logger) : IHostedLifecycleService
{
    /// <summary>The scripts.</summary>
    public static readonly SchemaModule Module = new("orleans", typeof(OrleansSchema).Assembly);

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await using var database = new PrimaryServer(PostgresConnectionString.Of(options.Value));
        await using NpgsqlConnection connection = await database.OpenAsync(cancellationToken);
        if (options.Value.ApplySchema)
        {
            await PostgresSchema.ApplyAsync(connection, [Module], cancellationToken);
        }
        else
        {
            await PostgresSchema.CheckAsync(connection, [Module], cancellationToken);
        }

        foreach ((string id, int nodes) in await OtherClusters.FindAsync(connection, orleans.ClusterId, cancellationToken))
        {
            LogOtherCluster(id, nodes, $"{OrleansOptions.Section}:{nameof(OrleansOptions.ClusterId)}", orleans.ClusterId);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(
        3144, LogLevel.Warning,
        "Another cluster works on this database: {Other}, of {Nodes} nodes. The two take each other's runs away. Is {Setting} ({Own}) the same on all nodes?")]
    private partial void LogOtherCluster(string other, int nodes, string setting, string own);
}
