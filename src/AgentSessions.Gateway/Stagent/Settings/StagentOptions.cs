using System.ComponentModel.DataAnnotations;
using AgentSessions.Gateway.Auth;

namespace AgentSessions.Gateway.Stagent.Settings;

/// <summary>The Stagent Chat API; configuration section <c>AgentSessions:Stagent</c>.</summary>
public sealed class StagentOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "AgentSessions:Stagent";

    /// <summary>
    /// Who may call. Null, the default: <see cref="StagentAuth.None"/> while the server listens on loopback only, else
    /// <see cref="StagentAuth.Bearer"/>. A server that listens elsewhere does not start with <see cref="StagentAuth.None"/>. Behind a proxy on this
    /// machine set <see cref="StagentAuth.Bearer"/>: requests that it marks as forwarded are refused, but not every proxy marks them.
    /// </summary>
    [EnumDataType(typeof(StagentAuth), ErrorMessage = "The field {0} must be None or Bearer")]
    public StagentAuth? Auth { get; set; }

    /// <summary>The user that requests without a token act as. Default <c>local</c>; the id of a configured user makes the two one.</summary>
    [Required]
    [StringLength(128, MinimumLength = 1)]
    public string LocalUser { get; set; } = "local";

    /// <summary>The environment of the local user's sessions. Default <c>default</c>.</summary>
    [Required]
    public string Environment { get; set; } = EnvironmentsOptions.DefaultEnvironment;

    /// <summary>Names of this machine beside loopback addresses under which requests without a token may come, without port; none by default.</summary>
    public List<string> Hosts { get; } = [];

    /// <summary>The largest request body in bytes, 1 KiB to 16 MiB. Default 1 MiB.</summary>
    [Range(1024, 16 * 1024 * 1024)]
    public int MaxBodyBytes { get; set; } = 1024 * 1024;

    /// <summary>How long a permission request or a question stays open. Default 120 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(120);

    /// <summary>How often a silent event stream says that it lives. Default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a reader may take to accept an event before it counts as gone. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long whoever follows a turn may be silent before another server of the cluster, or the next start, takes it over. Its requests expire and
    /// its rows are finished only then. Default 15 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan TurnLease { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Whether the list shows all sessions of the user, also those made through another API. Default false: they can be opened by id.</summary>
    public bool ListsAllSessions { get; set; }

    /// <summary>The agent that answers when nothing else names one. Default <c>echo</c> if there is one, else the first by name.</summary>
    public string? DefaultAgent { get; set; }

    /// <summary>Agents by model id.</summary>
    public Dictionary<string, string> Models { get; } = new(StringComparer.Ordinal);

    /// <summary>Agents by runtime: <c>claude-code</c> and <c>openai-codex-app-server</c>.</summary>
    public Dictionary<string, string> Runtimes { get; } = new(StringComparer.Ordinal);

    /// <summary>How the registered agents show in the model catalogue, by agent.</summary>
    public Dictionary<string, AgentModelOptions> AgentModels { get; } = new(StringComparer.Ordinal);

    /// <summary>Projects by id.</summary>
    public Dictionary<string, ProjectOptions> Projects { get; } = new(StringComparer.Ordinal);
}

/// <summary>Who may call the API.</summary>
public enum StagentAuth
{
    /// <summary>Requests without a token act as the local user.</summary>
    None = 0,

    /// <summary>A user's bearer token is required.</summary>
    Bearer = 1,
}

/// <summary>How an agent shows in the model catalogue.</summary>
public sealed class AgentModelOptions
{
    /// <summary>What users read. Default: the agent's name.</summary>
    public string? Label { get; set; }

    /// <summary><c>anthropic</c>, <c>openai</c> or <c>ollama</c>. Default <c>ollama</c>.</summary>
    [AllowedValues("anthropic", "openai", "ollama", ErrorMessage = "{0} must be anthropic, openai or ollama")]
    public string Provider { get; set; } = "ollama";

    /// <summary><c>Fast</c>, <c>Balanced</c> or <c>Best</c>. Default <c>Balanced</c>.</summary>
    [AllowedValues("Fast", "Balanced", "Best", ErrorMessage = "{0} must be Fast, Balanced or Best")]
    public string Tier { get; set; } = "Balanced";

    /// <summary><c>$</c>, <c>$$</c>, <c>$$$</c> or <c>Free</c>. Default <c>Free</c>.</summary>
    [AllowedValues("$", "$$", "$$$", "Free", ErrorMessage = "{0} must be $, $$, $$$ or Free")]
    public string Cost { get; set; } = "Free";
}

/// <summary>A project that conversations can belong to.</summary>
public sealed class ProjectOptions
{
    /// <summary>What users read. Default: its id.</summary>
    public string? Name { get; set; }

    /// <summary>What it is about; at most 120 characters are shown.</summary>
    public string? Description { get; set; }

    /// <summary>Its working directory on the server; null for none. Only the names of its top-level files are read.</summary>
    public string? Directory { get; set; }
}
