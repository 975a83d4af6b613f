namespace AgentSessions.Protocol.UI;

/// <summary>How far a tool call has come.</summary>
public enum ToolPartState
{
    /// <summary>The model is still writing the input.</summary>
    InputStreaming,

    /// <summary>Called but without a result: running, or waiting for the user to supply one.</summary>
    InputAvailable,

    /// <summary>Waits for the user's yes or no.</summary>
    ApprovalRequested,

    /// <summary>The user has answered; the call has not run yet.</summary>
    ApprovalResponded,

    OutputAvailable,
    OutputError,

    /// <summary>The user said no; the call did not run.</summary>
    OutputDenied,
}
