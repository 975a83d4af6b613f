using AgentSessions.Postgres.Connections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AgentSessions.Orleans.Settings;

/// <summary>What Orleans' own parts are told.</summary>
internal static class OrleansSettings
{
    /// <summary>Orleans' name for Npgsql.</summary>
    public const string Invariant = "Npgsql";

    /// <summary>The storage that Orleans' streams ask for by this name, for their subscriptions.</summary>
    public const string SubscriptionStore = "PubSubStore";

    /// <summary>The schema of Orleans' tables.</summary>
    private const string Schema = "agent_sessions_orleans";

    /// <summary>Connections for membership, reminders and subscriptions: many short statements, few at a time.</summary>
    private const int MaxConnections = 8;

    /// <summary>
    /// Nothing but the store asks what a connection leads to. One that was opened while an address led to a standby would fail every write for as
    /// long as it lives.
    /// </summary>
    private static readonly TimeSpan _connectionLife = TimeSpan.FromSeconds(30);

    /// <summary>How long a node may take to leave the cluster once it is drained.</summary>
    public static readonly TimeSpan LeaveTime = TimeSpan.FromSeconds(15);

    /// <summary>Reads and checks the options.</summary>
    /// <exception cref="InvalidOperationException">A value is wrong; the message names its key.</exception>
    public static OrleansOptions Read(IConfiguration configuration)
    {
        var options = new OrleansOptions();
        configuration.GetSection(OrleansOptions.Section).Bind(options);
        ValidateOptionsResult result = new OrleansOptionsValidator().Validate(null, options);
        return result.Failed ? throw new InvalidOperationException(result.FailureMessage) : options;
    }

    /// <summary>The store's database, with Orleans' schema as the one that unqualified names mean.</summary>
    public static string ConnectionString(PostgresOptions options)
    {
        var builder = new NpgsqlConnectionStringBuilder(PostgresConnectionString.Of(options))
        {
            SearchPath = Schema,
            MaxPoolSize = MaxConnections,
            ConnectionLifetime = (int)_connectionLife.TotalSeconds,
            ApplicationName = "AgentSessions Orleans",
        };
        return builder.ConnectionString;
    }

    /// <summary>The same for what may be lost in a crash of the database: nobody waits until it is on disk.</summary>
    public static string DirectoryConnectionString(PostgresOptions options)
    {
        var builder = new NpgsqlConnectionStringBuilder(ConnectionString(options)) { ApplicationName = "AgentSessions directory" };
        builder.Options += " -c synchronous_commit=off";
        return builder.ConnectionString;
    }
}
