using AgentSessions.Core.Sessions;

namespace AgentSessions.Core.Events;

/// <summary>Something that happened to a session. Holds ids and numbers, never what anybody said.</summary>
/// <param name="Session">The session.</param>
/// <param name="RunId">The run.</param>
/// <param name="Agent">The agent's name.</param>
public abstract record SessionEvent(SessionRow Session, string RunId, string Agent)
{
    /// <summary>A turn ended: its boundary is on <c>out</c>.</summary>
    /// <param name="Session">The session.</param>
    /// <param name="RunId">The run.</param>
    /// <param name="Agent">The agent's name.</param>
    /// <param name="Outcome">How, such as <c>Answered</c> or <c>Failed</c>.</param>
    /// <param name="Boundary">The boundary's sequence.</param>
    public sealed record TurnCompleted(SessionRow Session, string RunId, string Agent, string Outcome, long Boundary) : SessionEvent(Session, RunId, Agent)
    {
        /// <summary>Tokens that the models took.</summary>
        public long InputTokens { get; init; }

        /// <summary>Tokens that the models made.</summary>
        public long OutputTokens { get; init; }
    }

    /// <summary>A turn ended with tool calls that somebody has to approve.</summary>
    /// <param name="Session">The session.</param>
    /// <param name="RunId">The run.</param>
    /// <param name="Agent">The agent's name.</param>
    /// <param name="Calls">The calls.</param>
    public sealed record ApprovalWaiting(SessionRow Session, string RunId, string Agent, IReadOnlyList<WaitingApproval> Calls) : SessionEvent(Session, RunId, Agent);

    /// <summary>A turn would have exceeded a budget, and ended.</summary>
    /// <param name="Session">The session.</param>
    /// <param name="RunId">The run.</param>
    /// <param name="Agent">The agent's name.</param>
    /// <param name="Scope">Whose budget: <c>turn</c>, <c>session</c>, <c>user</c> or <c>environment</c>.</param>
    /// <param name="Budget">What of it: <c>tokens</c>, <c>money</c>, <c>wall-time</c> (in milliseconds) or <c>tool-calls</c>.</param>
    /// <param name="Limit">The limit.</param>
    /// <param name="Used">What was used or reserved by then.</param>
    public sealed record BudgetExceeded(SessionRow Session, string RunId, string Agent, string Scope, string Budget, decimal Limit, decimal Used)
        : SessionEvent(Session, RunId, Agent);

    /// <summary>A run failed outside a turn.</summary>
    /// <param name="Session">The session.</param>
    /// <param name="RunId">The run.</param>
    /// <param name="Agent">The agent's name.</param>
    /// <param name="Error">A text that is safe to show, or null.</param>
    public sealed record RunFailed(SessionRow Session, string RunId, string Agent, string? Error) : SessionEvent(Session, RunId, Agent);
}

/// <summary>A call that waits for an approval.</summary>
/// <param name="ApprovalId">The question's id.</param>
/// <param name="ToolCallId">The call's id.</param>
/// <param name="Tool">The tool's name.</param>
public sealed record WaitingApproval(string ApprovalId, string ToolCallId, string Tool);
