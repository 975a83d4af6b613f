using System.Collections.Concurrent;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents;

/// <summary>Code around the hooks of agents: logging, limits, tenancy. Override what you need and call <c>next</c>, or do not.</summary>
/// <remarks>
/// Registered with <see cref="AgentSessionsBuilder.AddAgentFilter{TFilter}"/>; the first one registered is outermost. A run makes an instance of
/// its own from its scope of services. An exception counts as one of the hook it is thrown around.
/// </remarks>
public abstract class AgentFilter
{
    private static readonly ConcurrentDictionary<Type, bool> _prepares = new();

    /// <summary>Whether the filter is around the hook for preparing messages, so that messages nobody needs are not made.</summary>
    internal bool PreparesMessages => _prepares.GetOrAdd(
        GetType(), static type => type.GetMethod(nameof(PrepareMessagesAsync))?.DeclaringType != typeof(AgentFilter));

    /// <summary>Around <c>OnBootAsync</c>.</summary>
    public virtual Task OnBootAsync(BootContext boot, Func<Task> next, CancellationToken cancellationToken) => next();

    /// <summary>Around <c>OnRecoveryAsync</c>.</summary>
    public virtual Task<RecoveryPlan?> OnRecoveryAsync(RecoveryContext recovery, Func<Task<RecoveryPlan?>> next, CancellationToken cancellationToken) => next();

    /// <summary>Around <c>OnPreloadAsync</c>.</summary>
    public virtual Task OnPreloadAsync(BootContext boot, Func<Task> next, CancellationToken cancellationToken) => next();

    /// <summary>Around <c>OnChatStartAsync</c>.</summary>
    public virtual Task OnChatStartAsync(TurnContext turn, Func<Task> next, CancellationToken cancellationToken) => next();

    /// <summary>Around <c>OnValidateMessagesAsync</c>.</summary>
    public virtual Task<IReadOnlyList<UIMessage>> OnValidateMessagesAsync(
        TurnContext turn, IReadOnlyList<UIMessage> incoming, Func<IReadOnlyList<UIMessage>, Task<IReadOnlyList<UIMessage>>> next, CancellationToken cancellationToken) =>
        next(incoming);

    /// <summary>Around <c>LoadContextAsync</c>.</summary>
    public virtual Task<IReadOnlyList<UIMessage>?> LoadContextAsync(
        TurnContext turn, IReadOnlyList<UIMessage> incoming, IReadOnlyList<UIMessage> previous, Func<Task<IReadOnlyList<UIMessage>?>> next,
        CancellationToken cancellationToken) => next();

    /// <summary>Around <c>GetToolsAsync</c>.</summary>
    public virtual ValueTask<IEnumerable<AITool>> GetToolsAsync(
        TurnContext turn, Func<ValueTask<IEnumerable<AITool>>> next, CancellationToken cancellationToken) => next();

    /// <summary>Around <c>PrepareMessagesAsync</c>.</summary>
    public virtual Task<IReadOnlyList<ChatMessage>> PrepareMessagesAsync(
        TurnContext turn, IReadOnlyList<ChatMessage> messages, PrepareReason reason, Func<IReadOnlyList<ChatMessage>, Task<IReadOnlyList<ChatMessage>>> next,
        CancellationToken cancellationToken) => next(messages);

    /// <summary>Around <c>OnTurnStartAsync</c>.</summary>
    public virtual Task OnTurnStartAsync(TurnContext turn, Func<Task> next, CancellationToken cancellationToken) => next();

    /// <summary>Around <c>RunAsync</c>.</summary>
    public virtual Task RunAsync(TurnContext turn, Func<Task> next, CancellationToken cancellationToken) => next();

    /// <summary>Around <c>OnBeforeTurnCompleteAsync</c>.</summary>
    public virtual Task OnBeforeTurnCompleteAsync(TurnCompleted turn, Func<Task> next, CancellationToken cancellationToken) => next();

    /// <summary>Around <c>OnTurnCompleteAsync</c>.</summary>
    public virtual Task OnTurnCompleteAsync(TurnCompleted turn, Func<Task> next, CancellationToken cancellationToken) => next();

    /// <summary>Around <c>OnCompactedAsync</c>.</summary>
    public virtual Task OnCompactedAsync(TurnContext turn, Compacted compacted, Func<Task> next, CancellationToken cancellationToken) => next();

    /// <summary>Around <c>OnSuspendAsync</c>.</summary>
    public virtual Task OnSuspendAsync(WaitContext wait, Func<Task> next, CancellationToken cancellationToken) => next();

    /// <summary>Around <c>OnResumeAsync</c>.</summary>
    public virtual Task OnResumeAsync(WaitContext wait, Func<Task> next, CancellationToken cancellationToken) => next();

    /// <summary>Around <c>OnActionAsync</c>.</summary>
    public virtual Task<ActionOutcome> OnActionAsync(ActionContext action, Func<Task<ActionOutcome>> next, CancellationToken cancellationToken) => next();
}
