namespace AgentSessions.Server;

/// <summary>What the server process itself reads; configuration section <c>AgentSessions</c>.</summary>
internal sealed class ServerOptions
{
    public const string Section = "AgentSessions";

    /// <summary>Where everything is kept, created on first start. Default <c>data</c> under the working directory.</summary>
    public string DataDirectory { get; set; } = "data";

    /// <summary>The secret key of the default environment. Unset: <see cref="SecretKeyFile"/>, or one is made and kept in the data directory.</summary>
    public string? SecretKey { get; set; }

    /// <summary>A file that holds the secret key.</summary>
    public string? SecretKeyFile { get; set; }

    /// <summary>Whether the demonstration agents are registered. Default: true in Development, else false.</summary>
    public bool? DemoAgents { get; set; }

    /// <summary><c>Embedded</c> (default) or <c>Orleans</c>.</summary>
    public EngineKind Engine { get; set; } = EngineKind.Embedded;

    /// <summary>What the embedded engine keeps sessions in: <c>Embedded</c> (files, default) or <c>Postgres</c>.</summary>
    public string StoreKind { get; set; } = "Embedded";
}

/// <summary>Which engine runs.</summary>
internal enum EngineKind
{
    /// <summary>Everything in this process.</summary>
    Embedded = 0,

    /// <summary>Grains on a cluster.</summary>
    Orleans = 1,
}
