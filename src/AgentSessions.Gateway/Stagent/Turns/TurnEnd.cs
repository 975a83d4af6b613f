using AgentSessions.Protocol.UI;

namespace AgentSessions.Gateway.Stagent.Turns;

/// <summary>How a turn ended.</summary>
/// <param name="Status">The assistant row's status.</param>
/// <param name="Error">Why it failed, safe to show; else null.</param>
/// <param name="Messages">The answer.</param>
internal sealed record TurnEnd(string Status, string? Error, IReadOnlyList<UIMessage> Messages)
{
    /// <summary>The conversation is gone, and nothing of it may be written any more.</summary>
    public static readonly TurnEnd Deleted = new(TurnNote.Failed, "The conversation was deleted.", []);

    public long InputTokens { get; init; }

    public long OutputTokens { get; init; }

    public string Text => string.Concat(Messages.Select(static message => message.Text));
}
