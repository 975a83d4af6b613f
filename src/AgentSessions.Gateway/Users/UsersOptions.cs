using AgentSessions.Gateway.Auth;

namespace AgentSessions.Gateway.Users;

/// <summary>The users of the chat APIs; configuration keys <c>AgentSessions:Users:{n}:…</c>, where n counts from 0.</summary>
/// <remarks>A change of the configuration holds from the next request on.</remarks>
public sealed class UsersOptions
{
    /// <summary>The section above the list.</summary>
    public const string Section = "AgentSessions";

    /// <summary>The users; none by default.</summary>
    public List<UserOptions> Users { get; } = [];
}

/// <summary>One user.</summary>
public sealed class UserOptions
{
    /// <summary>The user's id: 1 to 128 characters, once in the list.</summary>
    public string? Id { get; set; }

    /// <summary>The bearer token: at most 512 visible ASCII characters. Use 32 random ones or more.</summary>
    public string? Token { get; set; }

    /// <summary>A file that holds the token; white space around it is cut off. Either this or <see cref="Token"/>.</summary>
    public string? TokenFile { get; set; }

    /// <summary>Whether the user administrates this server. Default false.</summary>
    public bool Administrator { get; set; }

    /// <summary>Whether the user may use the agent API without being an administrator. Default false.</summary>
    public bool AgentApi { get; set; }

    /// <summary>The environment of the user's sessions. Default <c>default</c>.</summary>
    public string Environment { get; set; } = EnvironmentsOptions.DefaultEnvironment;
}
