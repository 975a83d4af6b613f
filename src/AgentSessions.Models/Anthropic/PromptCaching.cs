namespace AgentSessions.Models.Anthropic;

/// <summary>Whether a conversation's beginning is kept at the provider between calls, where reading it again costs a fraction.</summary>
public enum PromptCaching
{
    /// <summary>Only where a content carries a mark of its own (<c>AIContent.WithCacheControl</c>).</summary>
    Off,

    /// <summary>The whole prompt, for five minutes after each use.</summary>
    FiveMinutes,

    /// <summary>The whole prompt, for an hour after each use; writing it costs more.</summary>
    OneHour,
}
