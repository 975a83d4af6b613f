using System.Globalization;
using Npgsql;

namespace AgentSessions.Postgres.Connections;

/// <summary>The connection strings made of the options: one for the pool of readers, one for the writers' own connections.</summary>
internal static class ConnectionSettings
{
    /// <summary>
    /// Plans of the writers. Their statements join short arrays with tables by key; with statistics of an empty table, or of none, the
    /// planner would choose scans and keep the plan while the table grows.
    /// </summary>
    private const string WriterPlans =
        " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off -c work_mem=64MB";

    /// <summary>
    /// What the server does about a machine that vanished, with its network or its power: by itself it would keep the machine's transaction, and
    /// every lock of it, for two hours. Within about ten seconds it gives up one that acknowledges nothing, and one that stands still in the
    /// middle of a transaction.
    /// </summary>
    private const string VanishedMachines =
        " -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c tcp_user_timeout=10000 -c idle_in_transaction_session_timeout=10000";

    public static string ForReaders(PostgresOptions options)
    {
        NpgsqlConnectionStringBuilder builder = Common(options);
        if (!IsSet(options, "Maximum Pool Size"))
        {
            builder.MaxPoolSize = options.Readers;
        }

        return builder.ConnectionString;
    }

    /// <summary>Writers keep their connection for themselves, so it is not pooled.</summary>
    public static string ForWriters(PostgresOptions options)
    {
        NpgsqlConnectionStringBuilder builder = Common(options);
        builder.Pooling = false;
        builder.Options += WriterPlans;
        return builder.ConnectionString;
    }

    /// <summary>One string for each server that a string names.</summary>
    public static IEnumerable<string> Split(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { TargetSessionAttributes = null };
        foreach (string host in Hosts(builder))
        {
            builder.Host = host;
            yield return builder.ConnectionString;
        }
    }

    /// <summary>What may be logged: no user, no password.</summary>
    public static string Describe(PostgresOptions options)
    {
        var builder = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        return $"{string.Join(',', Hosts(builder).Select(host => host.Contains(':') ? host : $"{host}:{builder.Port}"))}/{builder.Database}";
    }

    private static NpgsqlConnectionStringBuilder Common(PostgresOptions options)
    {
        var builder = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            IncludeErrorDetail = false, // details quote the values of rows
            PersistSecurityInfo = false,
            Enlist = false,
            NoResetOnClose = true,      // a reset would take back what DurabilityRule raised, and nothing else is ever set
            MaxAutoPrepare = 100,
            AutoPrepareMinUsages = 2,

            // The server's own limit ends a statement first and says so; this one is for a server that says nothing.
            CommandTimeout = Seconds(options.CommandTimeout) + 2,
            CancellationTimeout = 1000,
        };
        builder.ApplicationName ??= "AgentSessions";

        // For those who leave the choice among several servers to Npgsql, which refuses to be told of a choice where there is one server.
        builder.TargetSessionAttributes = builder.Host!.Contains(',') ? "primary" : null;
        if (!IsSet(options, "Timeout"))
        {
            builder.Timeout = Seconds(options.ConnectTimeout);
        }

        if (!IsSet(options, "TCP Keepalive"))
        {
            builder.TcpKeepAlive = true;
            builder.TcpKeepAliveTime = 10;
            builder.TcpKeepAliveInterval = 5;
        }

        if (options.PasswordFile is { } file)
        {
            builder.Password = File.ReadAllText(file).TrimEnd('\r', '\n');
        }

        builder.Options = string.Create(
            CultureInfo.InvariantCulture,
            $"{builder.Options} -c statement_timeout={Milliseconds(options.CommandTimeout)} -c lock_timeout={Milliseconds(options.LockTimeout)} -c default_transaction_isolation=read\\ committed -c TimeZone=UTC{VanishedMachines}").TrimStart();
        return builder;
    }

    private static string[] Hosts(NpgsqlConnectionStringBuilder builder) =>
        builder.Host!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static bool IsSet(PostgresOptions options, string keyword) =>
        new NpgsqlConnectionStringBuilder(options.ConnectionString).ShouldSerialize(keyword);

    private static int Seconds(TimeSpan time) => (int)Math.Ceiling(time.TotalSeconds);

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
}
