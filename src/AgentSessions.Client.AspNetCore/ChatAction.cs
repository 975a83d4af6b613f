using System.Text.Json;

namespace AgentSessions.Client.AspNetCore;

/// <summary>What a page asks for.</summary>
public enum ChatActionKind
{
    /// <summary>To create or find the session and boot its run.</summary>
    Start,

    /// <summary>A fresh token for a session.</summary>
    Token,
}

/// <summary>A request of a page, as the browser claims it.</summary>
/// <param name="Kind">What it asks for.</param>
/// <param name="ChatId">The conversation. Whether the caller may have it is yours to decide.</param>
public sealed record ChatAction(ChatActionKind Kind, string ChatId)
{
    /// <summary>The agent the page names; null where it names none, as for a token.</summary>
    public string? Agent { get; init; }

    /// <summary>The client data the page sends. Never an identity.</summary>
    public JsonElement? ClientData { get; init; }
}

/// <summary>The answer to a <see cref="ChatAction"/>.</summary>
public sealed record ChatActionDecision
{
    private ChatActionDecision()
    {
    }

    /// <summary>Whether the page may.</summary>
    public bool IsAllowed { get; private init; }

    /// <summary>The client data the agent gets instead of what the page sent; null keeps the page's.</summary>
    public object? ClientData { get; init; }

    /// <summary>How the session's runs are made; null for the server's defaults.</summary>
    public TriggerConfig? TriggerConfig { get; init; }

    /// <summary>Yes.</summary>
    public static ChatActionDecision Allow(object? clientData = null, TriggerConfig? triggerConfig = null) =>
        new() { IsAllowed = true, ClientData = clientData, TriggerConfig = triggerConfig };

    /// <summary>No: 403.</summary>
    public static ChatActionDecision Deny() => new();
}
