using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents;

/// <summary>Hooks as delegates. They run before the agent's own hook of the same name.</summary>
public sealed partial class AgentOptions
{
    /// <summary>See <c>ChatAgent.OnBootAsync</c>.</summary>
    public Func<BootContext, CancellationToken, Task>? OnBoot { get; set; }

    /// <summary>See <c>ChatAgent.OnRecoveryAsync</c>. Unless it answers null, the agent's own is not asked.</summary>
    public Func<RecoveryContext, CancellationToken, Task<RecoveryPlan?>>? OnRecovery { get; set; }

    /// <summary>See <c>ChatAgent.OnPreloadAsync</c>.</summary>
    public Func<BootContext, CancellationToken, Task>? OnPreload { get; set; }

    /// <summary>See <c>ChatAgent.OnChatStartAsync</c>.</summary>
    public Func<TurnContext, CancellationToken, Task>? OnChatStart { get; set; }

    /// <summary>See <c>ChatAgent.OnValidateMessagesAsync</c>. The agent's own gets what this answers.</summary>
    public Func<TurnContext, IReadOnlyList<UIMessage>, CancellationToken, Task<IReadOnlyList<UIMessage>>>? OnValidateMessages { get; set; }

    /// <summary>See <c>ChatAgent.LoadContextAsync</c>. Unless it answers null, the agent's own is not asked.</summary>
    public Func<TurnContext, IReadOnlyList<UIMessage>, IReadOnlyList<UIMessage>, CancellationToken, Task<IReadOnlyList<UIMessage>?>>? LoadContext { get; set; }

    /// <summary>Tools of a turn, beside the agent's own.</summary>
    public Func<TurnContext, CancellationToken, ValueTask<IEnumerable<AITool>>>? Tools { get; set; }

    /// <summary>See <c>ChatAgent.PrepareMessagesAsync</c>. The agent's own gets what this answers.</summary>
    public Func<TurnContext, IReadOnlyList<ChatMessage>, PrepareReason, CancellationToken, Task<IReadOnlyList<ChatMessage>>>? PrepareMessages { get; set; }

    /// <summary>See <c>ChatAgent.OnTurnStartAsync</c>.</summary>
    public Func<TurnContext, CancellationToken, Task>? OnTurnStart { get; set; }

    /// <summary>See <c>ChatAgent.OnBeforeTurnCompleteAsync</c>.</summary>
    public Func<TurnCompleted, CancellationToken, Task>? OnBeforeTurnComplete { get; set; }

    /// <summary>See <c>ChatAgent.OnTurnCompleteAsync</c>.</summary>
    public Func<TurnCompleted, CancellationToken, Task>? OnTurnComplete { get; set; }

    /// <summary>See <c>ChatAgent.OnCompactedAsync</c>.</summary>
    public Func<TurnContext, Compacted, CancellationToken, Task>? OnCompacted { get; set; }

    /// <summary>See <c>ChatAgent.OnSuspendAsync</c>.</summary>
    public Func<WaitContext, CancellationToken, Task>? OnSuspend { get; set; }

    /// <summary>See <c>ChatAgent.OnResumeAsync</c>.</summary>
    public Func<WaitContext, CancellationToken, Task>? OnResume { get; set; }

    /// <summary>See <c>ChatAgent.OnActionAsync</c>. It handles the action instead of the agent's own.</summary>
    public Func<ActionContext, CancellationToken, Task<ActionOutcome>>? OnAction { get; set; }
}
