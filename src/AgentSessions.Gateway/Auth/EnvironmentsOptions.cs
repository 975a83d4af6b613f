namespace AgentSessions.Gateway.Auth;

/// <summary>The secret keys of one environment.</summary>
public class EnvironmentKeyOptions
{
    /// <summary>The secret key: 8 to 512 visible ASCII characters. Use 32 or more: it also signs tokens.</summary>
    public string? SecretKey { get; set; }

    /// <summary>A file that holds the secret key; white space around it is cut off. Either this or <see cref="SecretKey"/>.</summary>
    public string? SecretKeyFile { get; set; }

    /// <summary>The key before the last rotation, still accepted together with the tokens it signed until <see cref="PreviousSecretKeyUntil"/>.</summary>
    public string? PreviousSecretKey { get; set; }

    /// <summary>A file that holds the previous key.</summary>
    public string? PreviousSecretKeyFile { get; set; }

    /// <summary>The end of the grace period, such as <c>2026-12-01T00:00:00Z</c>. Required with a previous key.</summary>
    public DateTimeOffset? PreviousSecretKeyUntil { get; set; }
}

/// <summary>Which environments there are; configuration section <c>AgentSessions</c>. The keys beside the list are the environment <c>default</c>'s.</summary>
public sealed class EnvironmentsOptions : EnvironmentKeyOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "AgentSessions";

    /// <summary>The id of the environment whose keys stand directly in the section.</summary>
    public const string DefaultEnvironment = "default";

    /// <summary>Further environments by id: 1 to 64 letters, digits, <c>_</c> and <c>-</c>.</summary>
    public Dictionary<string, EnvironmentKeyOptions> Environments { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether no environment is configured at all, so that a key has to be made.</summary>
    public bool IsEmpty => SecretKey is null && SecretKeyFile is null && Environments.Count == 0;
}
