namespace AgentSessions.Protocol.UI;

/// <summary>What became of an incoming message.</summary>
public enum UIMessageMergeKind
{
    /// <summary>The message was new and stands at the end.</summary>
    Appended,

    /// <summary>At least one tool call of a stored message got its answer.</summary>
    Merged,

    /// <summary>The message is known and says nothing new.</summary>
    Unchanged,

    /// <summary>It answers an approval that was never asked for. Nothing was merged and no call may run.</summary>
    ApprovalNotFound,

    /// <summary>
    /// It answers an approval again: otherwise than before, or after the call had ended. Nothing was merged.
    /// </summary>
    ApprovalAlreadyAnswered,
}

/// <param name="Kind">What became of the incoming message.</param>
/// <param name="Messages">The whole conversation afterwards; on a refusal, as it was.</param>
public sealed record UIMessageMergeResult(UIMessageMergeKind Kind, IReadOnlyList<UIMessage> Messages)
{
    /// <summary>The message in the conversation that the incoming one became or went into; null if refused.</summary>
    public UIMessage? Message { get; init; }

    /// <summary>The refused approval id; empty if the answer named none. Null unless refused.</summary>
    public string? ApprovalId { get; init; }

    /// <summary>The tool calls that got an answer, in the order of the incoming message.</summary>
    public IReadOnlyList<string> AdvancedCalls { get; init; } = [];

    public bool IsRefused => Kind is UIMessageMergeKind.ApprovalNotFound or UIMessageMergeKind.ApprovalAlreadyAnswered;
}
