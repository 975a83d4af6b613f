using AgentSessions.Gateway.Auth;

namespace AgentSessions.Gateway.Native.InboundWebhooks;

/// <summary>The webhooks that are taken in, by name; configuration section <see cref="Section"/>.</summary>
public sealed class InboundWebhooksOptions : Dictionary<string, InboundWebhookOptions>
{
    /// <summary>The configuration section.</summary>
    public const string Section = "AgentSessions:InboundWebhooks";

    /// <summary>Names are compared as they are written.</summary>
    public InboundWebhooksOptions()
        : base(StringComparer.Ordinal)
    {
    }
}

/// <summary>One sender of webhooks, signed as Standard Webhooks describes. Its events become actions of a session.</summary>
public sealed class InboundWebhookOptions
{
    /// <summary>The secret shared with the sender: base64, with or without <c>whsec_</c> before it; 24 bytes or more.</summary>
    public string Secret { get; set; } = "";

    /// <summary>The secret before the last rotation, still accepted. Default none.</summary>
    public string? PreviousSecret { get; set; }

    /// <summary>The environment of the sessions. Default <c>default</c>.</summary>
    public string Environment { get; set; } = EnvironmentsOptions.DefaultEnvironment;

    /// <summary>Where the event names its session (external id or <c>session_…</c>): names of nested fields, such as <c>data.chatId</c>.</summary>
    public string SessionField { get; set; } = "";

    /// <summary>The <c>type</c> of the action. Default: the event's own <c>type</c>.</summary>
    public string? ActionType { get; set; }

    /// <summary>How far a timestamp may be from the server's clock. 1 s to 5 min, default 5 min. Repeats of an id within it are taken once.</summary>
    public TimeSpan Tolerance { get; set; } = TimeSpan.FromMinutes(5);
}
