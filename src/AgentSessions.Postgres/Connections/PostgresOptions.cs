using System.ComponentModel.DataAnnotations;

namespace AgentSessions.Postgres.Connections;

/// <summary>Where the PostgreSQL store is and how hard it may be used. Section <c>AgentSessions:Postgres</c>.</summary>
public sealed class PostgresOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "AgentSessions:Postgres";

    /// <summary>
    /// An Npgsql connection string. Required. Keys it sets win over the options here where both exist. Where <c>Host</c> names several servers, divided
    /// by commas, the one that is the primary is used.
    /// </summary>
    [Required]
    public string ConnectionString { get; set; } = "";

    /// <summary>A file that holds the password, read at start; its last line break is dropped. Null: the connection string has it.</summary>
    public string? PasswordFile { get; set; }

    /// <summary>
    /// Connections that commit, at most. One carries all commits that wait in one round trip; another joins in when 64 wait behind it or it
    /// is held up. Default 2.
    /// </summary>
    [Range(1, 16)]
    public int Writers { get; set; } = 2;

    /// <summary>Connections that read. Default 16.</summary>
    [Range(1, 500)]
    public int Readers { get; set; } = 16;

    /// <summary>The longest a connection may take to open. Default 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:02:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest a command may run; the server ends it then. Default 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest a command waits for a lock that somebody else holds. Default 2 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long an operation is repeated while the database is away, before the caller is told. Covers a restart of the server, also one in
    /// the middle of a commit: whether it was made is found out. Default 5 seconds.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Commits that may wait for a writer; more are refused as unavailable. Default 20,000.</summary>
    [Range(1, 10_000_000)]
    public int MaxQueuedCommits { get; set; } = 20_000;

    /// <summary>Bytes that may wait for a writer; more are refused as unavailable. Default 256 MiB.</summary>
    [Range(1 << 20, int.MaxValue)]
    public long MaxQueuedBytes { get; set; } = 256 << 20;

    /// <summary>How long the start waits for the database to answer. Default 60 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Whether the start brings the schema up to date. Default true. With false a schema that is not up to date stops the start; apply it
    /// with a role that may create tables.
    /// </summary>
    public bool ApplySchema { get; set; } = true;

    /// <summary>
    /// Whether to start on a server that can lose committed data (<c>fsync</c> or <c>full_page_writes</c> off). Default false. For tests.
    /// </summary>
    public bool AllowUnsafeServer { get; set; }
}
