namespace AgentSessions.Server.Settings;

/// <summary>What the server process itself reads from the configuration section <c>AgentSessions</c>. A wrong value stops the start and names its key.</summary>
internal sealed record ServerOptions
{
    public const string Section = "AgentSessions";

    /// <summary>Where everything is kept, created on first start. Default <c>data</c> under the working directory.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Whether the demonstration agents are registered. Default: only in Development.</summary>
    public required bool DemoAgents { get; init; }

    /// <summary>Which engine runs.</summary>
    public required EngineKind Engine { get; init; }

    /// <summary>Where the embedded engine keeps sessions.</summary>
    public required StoreKind Store { get; init; }

    /// <summary>Reads and checks the section.</summary>
    /// <exception cref="InvalidOperationException">A value is wrong; the message names its key.</exception>
    public static ServerOptions Read(IConfiguration configuration, bool isDevelopment)
    {
        IConfigurationSection section = configuration.GetSection(Section);
        string directory = section[nameof(DataDirectory)] ?? "data";
        return new ServerOptions
        {
            DataDirectory = directory.Length > 0 ? Path.GetFullPath(directory) : throw Wrong(nameof(DataDirectory), "a path"),
            DemoAgents = section[nameof(DemoAgents)] is string demo
                ? bool.TryParse(demo, out bool on) ? on : throw Wrong(nameof(DemoAgents), "true or false")
                : isDevelopment,
            Engine = Choice(section, nameof(Engine), EngineKind.Embedded),
            Store = Choice(section, nameof(Store), StoreKind.Embedded),
        };
    }

    private static T Choice<T>(IConfigurationSection section, string key, T otherwise)
        where T : struct, Enum =>
        section[key] is not string text ? otherwise
        : Enum.TryParse(text, ignoreCase: true, out T value) && Enum.IsDefined(value) && !char.IsAsciiDigit(text.FirstOrDefault()) ? value
        : throw Wrong(key, string.Join(" or ", Enum.GetNames<T>()));

    private static InvalidOperationException Wrong(string key, string wanted) => new($"{Section}:{key} must be {wanted}");
}

/// <summary>Which engine runs.</summary>
internal enum EngineKind
{
    /// <summary>Every session and run in this process.</summary>
    Embedded = 0,

    /// <summary>Grains on a Microsoft Orleans cluster, on PostgreSQL.</summary>
    Orleans = 1,
}

/// <summary>Where the embedded engine keeps sessions.</summary>
internal enum StoreKind
{
    /// <summary>Files in the data directory.</summary>
    Embedded = 0,

    /// <summary>A PostgreSQL database.</summary>
    Postgres = 1,
}
