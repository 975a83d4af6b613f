using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents;

/// <summary>Hooks with a filter around them.</summary>
internal sealed class FilteredHooks(AgentFilter filter, IAgentHooks inner) : IAgentHooks
{
    public AgentContexts Contexts => inner.Contexts;

    public bool PreparesMessages => filter.PreparesMessages || inner.PreparesMessages;

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
        filter.LoadContextAsync(
            turn, incoming, previous, () => inner.LoadContextAsync(turn, incoming, previous, cancellationToken), cancellationToken);

    public ValueTask<IEnumerable<AITool>> GetToolsAsync(TurnContext turn, CancellationToken cancellationToken) =>
        filter.GetToolsAsync(turn, () => inner.GetToolsAsync(turn, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<ChatMessage>> PrepareMessagesAsync(
        TurnContext turn, IReadOnlyList<ChatMessage> messages, PrepareReason reason, CancellationToken cancellationToken) =>
        filter.PrepareMessagesAsync(
            turn, messages, reason, prepared => inner.PrepareMessagesAsync(turn, prepared, reason, cancellationToken), cancellationToken);

    public Task OnTurnStartAsync(TurnContext turn, CancellationToken cancellationToken) =>
        filter.OnTurnStartAsync(turn, () => inner.OnTurnStartAsync(turn, cancellationToken), cancellationToken);

    public Task RunAsync(TurnContext turn, CancellationToken cancellationToken) =>
        filter.RunAsync(turn, () => inner.RunAsync(turn, cancellationToken), cancellationToken);

    public Task OnBeforeTurnCompleteAsync(TurnCompleted turn, CancellationToken cancellationToken) =>
        filter.OnBeforeTurnCompleteAsync(turn, () => inner.OnBeforeTurnCompleteAsync(turn, cancellationToken), cancellationToken);

    public Task OnTurnCompleteAsync(TurnCompleted turn, CancellationToken cancellationToken) =>
        filter.OnTurnCompleteAsync(turn, () => inner.OnTurnCompleteAsync(turn, cancellationToken), cancellationToken);

    public Task OnCompactedAsync(TurnContext turn, Compacted compacted, CancellationToken cancellationToken) =>
        filter.OnCompactedAsync(turn, compacted, () => inner.OnCompactedAsync(turn, compacted, cancellationToken), cancellationToken);

    public Task OnSuspendAsync(WaitContext wait, CancellationToken cancellationToken) =>
        filter.OnSuspendAsync(wait, () => inner.OnSuspendAsync(wait, cancellationToken), cancellationToken);

    public Task OnResumeAsync(WaitContext wait, CancellationToken cancellationToken) =>
        filter.OnResumeAsync(wait, () => inner.OnResumeAsync(wait, cancellationToken), cancellationToken);

    public Task<ActionOutcome> OnActionAsync(ActionContext action, CancellationToken cancellationToken) =>
        filter.OnActionAsync(action, () => inner.OnActionAsync(action, cancellationToken), cancellationToken);
}
