namespace AgentSessions.Pages.Chat;

/// <summary>The chat page; configuration section <c>AgentSessions:ChatPage</c>.</summary>
public sealed class ChatPageOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "AgentSessions:ChatPage";

    /// <summary>Who gets sessions from the page. Default <see cref="ChatPageAccess.Loopback"/>.</summary>
    public ChatPageAccess Access { get; set; }
}

/// <summary>Who may start chats from the chat page, which asks for no credential.</summary>
public enum ChatPageAccess
{
    /// <summary>Browsers on this machine. Behind a proxy on it choose another: only requests that the proxy marks as forwarded are refused.</summary>
    Loopback = 0,

    /// <summary>Everybody who reaches the server, for a demonstration behind a door of its own.</summary>
    Everyone = 1,

    /// <summary>Nobody: there is no chat page.</summary>
    Off = 2,
}
