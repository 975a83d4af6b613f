using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents;

/// <summary>Hooks with a filter around them.</summary>
internal sealed class FilteredHooks(AgentFilter filter, IAgentHooks inner) : IAgentHooks
{
    public AgentContexts Contexts => inner.Contexts;

    public bool PreparesMessages => inner.PreparesMessages;

    public Task OnBootAsync(BootContext boot, CancellationToken cancellationToken) =>
        filter.OnBootAsync(boot, () => inner.OnBootAsync(boot, cancellationToken), cancellationToken);

    public Task<RecoveryPlan?> OnRecoveryAsync(RecoveryContext recovery, CancellationToken cancellationToken) =>
        filter.OnRecoveryAsync(recovery, () => inner.OnRecoveryAsync(recovery, cancellationToken), cancellationToken);

    public Task OnPreloadAsync(BootContext boot, CancellationToken cancellationToken) =>
        filter.OnPreloadAsync(boot, () => inner.OnPreloadAsync(boot, cancellationToken), cancellationToken);

    public Task OnChatStartAsync(TurnContext turn, CancellationToken cancellationToken) =>
        filter.OnChatStartAsync(turn, () => inner.OnChatStartAsync(turn, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<UIMessage>> OnValidateMessagesAsync(
        TurnContext turn, IReadOnlyList<UIMessage> incoming, CancellationToken cancellationToken) =>
        filter.OnValidateMessagesAsync(turn, incoming, messages => inner.OnValidateMessagesAsync(turn, messages, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<UIMessage>?> LoadContextAsync(
        TurnContext turn, IReadOnlyList<UIMessage> incoming, IReadOnlyList<UIMessage> previous, CancellationToken cancellationToken) =>
        inner.LoadContextAsync(turn, incoming, previous, cancellationToken);

    public ValueTask<IEnumerable<AITool>> GetToolsAsync(TurnContext turn, CancellationToken cancellationToken) =>
        filter.GetToolsAsync(turn, () => inner.GetToolsAsync(turn, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<ChatMessage>> PrepareMessagesAsync(
        TurnContext turn, IReadOnlyList<ChatMessage> messages, PrepareReason reason, CancellationToken cancellationToken) =>
        inner.PrepareMessagesAsync(turn, messages, reason, cancellationToken);

    public Task OnTurnStartAsync(TurnContext turn, CancellationToken cancellationToken) =>
        filter.OnTurnStartAsync(turn, () => inner.OnTurnStartAsync(turn, cancellationToken), cancellationToken);

    public Task RunAsync(TurnContext turn, CancellationToken cancellationToken) =>
        filter.RunAsync(turn, () => inner.RunAsync(turn, cancellationToken), cancellationToken);

    public Task OnBeforeTurnCompleteAsync(TurnCompleted turn, CancellationToken cancellationToken) =>
        filter.OnBeforeTurnCompleteAsync(turn, () => inner.OnBeforeTurnCompleteAsync(turn, cancellationToken), cancellationToken);

    public Task OnTurnCompleteAsync(TurnCompleted turn, CancellationToken cancellationToken) =>
        filter.OnTurnCompleteAsync(turn, () => inner.OnTurnCompleteAsync(turn, cancellationToken), cancellationToken);

    public Task OnCompactedAsync(TurnContext turn, Compacted compacted, CancellationToken cancellationToken) =>
        inner.OnCompactedAsync(turn, compacted, cancellationToken);

    public Task OnSuspendAsync(WaitContext wait, CancellationToken cancellationToken) => inner.OnSuspendAsync(wait, cancellationToken);

    public Task OnResumeAsync(WaitContext wait, CancellationToken cancellationToken) => inner.OnResumeAsync(wait, cancellationToken);

    public Task<ActionOutcome> OnActionAsync(ActionContext action, CancellationToken cancellationToken) =>
        filter.OnActionAsync(action, () => inner.OnActionAsync(action, cancellationToken), cancellationToken);
}
