using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents;

/// <summary>An agent instance as the runtime calls it: its hooks with untyped contexts, and the factory of its typed ones.</summary>
internal interface IAgentHooks
{
    AgentContexts Contexts { get; }

    /// <summary>Whether the hook for preparing messages does anything, so that messages nobody needs are not made.</summary>
    bool PreparesMessages { get; }

    Task OnBootAsync(BootContext boot, CancellationToken cancellationToken);

    Task<RecoveryPlan?> OnRecoveryAsync(RecoveryContext recovery, CancellationToken cancellationToken);

    Task OnPreloadAsync(BootContext boot, CancellationToken cancellationToken);

    Task OnChatStartAsync(TurnContext turn, CancellationToken cancellationToken);

    Task<IReadOnlyList<UIMessage>> OnValidateMessagesAsync(TurnContext turn, IReadOnlyList<UIMessage> incoming, CancellationToken cancellationToken);

    Task<IReadOnlyList<UIMessage>?> LoadContextAsync(
        TurnContext turn, IReadOnlyList<UIMessage> incoming, IReadOnlyList<UIMessage> previous, CancellationToken cancellationToken);

    ValueTask<IEnumerable<AITool>> GetToolsAsync(TurnContext turn, CancellationToken cancellationToken);

    Task<IReadOnlyList<ChatMessage>> PrepareMessagesAsync(
        TurnContext turn, IReadOnlyList<ChatMessage> messages, PrepareReason reason, CancellationToken cancellationToken);

    Task OnTurnStartAsync(TurnContext turn, CancellationToken cancellationToken);

    Task RunAsync(TurnContext turn, CancellationToken cancellationToken);

    Task OnBeforeTurnCompleteAsync(TurnCompleted turn, CancellationToken cancellationToken);

    Task OnTurnCompleteAsync(TurnCompleted turn, CancellationToken cancellationToken);

    Task OnCompactedAsync(TurnContext turn, Compacted compacted, CancellationToken cancellationToken);

    Task OnSuspendAsync(WaitContext wait, CancellationToken cancellationToken);

    Task OnResumeAsync(WaitContext wait, CancellationToken cancellationToken);

    Task<ActionOutcome> OnActionAsync(ActionContext action, CancellationToken cancellationToken);
}
