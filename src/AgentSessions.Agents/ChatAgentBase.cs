using System.Collections.Concurrent;
using System.ComponentModel;
using System.Reflection;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents;

/// <summary>The hooks of an agent. Derive from <see cref="ChatAgent"/> or <see cref="ChatAgent{TClientData}"/>.</summary>
/// <remarks>
/// A run gets its own scope of services and its own instance, which is disposed with it: fields are the run's state. Hooks of one run are
/// never called side by side. An exception in a hook of a turn fails that turn: the user sees a safe text, and the next message works.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class ChatAgentBase<TBoot, TRecovery, TTurn, TCompleted, TAction> : IAgentHooks
    where TBoot : BootContext
    where TRecovery : RecoveryContext
    where TTurn : TurnContext
    where TCompleted : TurnCompleted
    where TAction : ActionContext
{
    private static readonly ConcurrentDictionary<Type, bool> _prepares = new();

    private protected ChatAgentBase()
    {
    }

    AgentContexts IAgentHooks.Contexts => Contexts;

    bool IAgentHooks.PreparesMessages => _prepares.GetOrAdd(GetType(), static type =>
        type.GetMethod(nameof(PrepareMessagesAsync), BindingFlags.Instance | BindingFlags.NonPublic)?.DeclaringType
        != typeof(ChatAgentBase<TBoot, TRecovery, TTurn, TCompleted, TAction>));

    private protected abstract AgentContexts Contexts { get; }

    /// <summary>Called first in every run: the first, a preloaded one, a continuation. Throwing fails the run.</summary>
    protected virtual Task OnBootAsync(TBoot boot, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Called when the run before died in the middle of an answer.</summary>
    /// <returns>What to do instead of the runtime's own recovery; null for that.</returns>
    protected virtual Task<RecoveryPlan?> OnRecoveryAsync(TRecovery recovery, CancellationToken cancellationToken) =>
        Task.FromResult<RecoveryPlan?>(null);

    /// <summary>Called when the run was started before there was a message. Throwing fails the run.</summary>
    protected virtual Task OnPreloadAsync(TBoot boot, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Called once in the life of a conversation, in its first turn.</summary>
    protected virtual Task OnChatStartAsync(TTurn turn, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Called when messages came in, before they join the conversation.</summary>
    /// <remarks>The answer to a question or an approval comes as an assistant message that holds only the answered parts.</remarks>
    /// <returns>The messages to use. Throw to refuse them.</returns>
    protected virtual Task<IReadOnlyList<UIMessage>> OnValidateMessagesAsync(
        TTurn turn, IReadOnlyList<UIMessage> incoming, CancellationToken cancellationToken) => Task.FromResult(incoming);

    /// <summary>Called for every turn and action to replace the conversation by one the application keeps itself.</summary>
    /// <returns>The whole conversation including what came in; null for the runtime's own.</returns>
    protected virtual Task<IReadOnlyList<UIMessage>?> LoadContextAsync(
        TTurn turn, IReadOnlyList<UIMessage> incoming, IReadOnlyList<UIMessage> previous, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<UIMessage>?>(null);

    /// <summary>The tools of a turn. Also asked for messages of earlier turns: a tool that is not named here loses its model output mapping.</summary>
    /// <remarks>Called before what came in joins the conversation; <c>turn.Message</c> is what came in.</remarks>
    protected virtual IEnumerable<AITool> GetTools(TTurn turn) => [];

    /// <summary>As <see cref="GetTools"/>, for tools that must be looked up. Throwing fails the turn.</summary>
    protected virtual ValueTask<IEnumerable<AITool>> GetToolsAsync(TTurn turn, CancellationToken cancellationToken) => new(GetTools(turn));

    /// <summary>Called before messages go to the model, and when they are compacted: for cache marks and redaction.</summary>
    protected virtual Task<IReadOnlyList<ChatMessage>> PrepareMessagesAsync(
        TTurn turn, IReadOnlyList<ChatMessage> messages, PrepareReason reason, CancellationToken cancellationToken) => Task.FromResult(messages);

    /// <summary>Called in every turn before it is answered.</summary>
    protected virtual Task OnTurnStartAsync(TTurn turn, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Answers the turn, usually with <see cref="TurnContext.RespondAsync(IChatClient, ChatOptions?, CancellationToken)"/>.</summary>
    /// <param name="turn">The turn.</param>
    /// <param name="cancellationToken">
    /// Fires when the user stops the turn or the run goes away. Pass it on; the exception that follows a stop is expected and the turn completes
    /// with what was written.
    /// </param>
    protected abstract Task RunAsync(TTurn turn, CancellationToken cancellationToken);

    /// <summary>Called after a turn that did not fail, while its output is still open.</summary>
    protected virtual Task OnBeforeTurnCompleteAsync(TCompleted turn, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Called after the boundary, also for a turn that failed or was stopped.</summary>
    protected virtual Task OnTurnCompleteAsync(TCompleted turn, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Called after messages were replaced by a summary.</summary>
    protected virtual Task OnCompactedAsync(TTurn turn, Compacted compacted, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Called when the run is parked: give resources back. An exception is logged.</summary>
    protected virtual Task OnSuspendAsync(WaitContext wait, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Called when a parked run wakes up: take resources again. An exception is logged.</summary>
    protected virtual Task OnResumeAsync(WaitContext wait, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Called for an action. By default it edits nothing.</summary>
    protected virtual Task<ActionOutcome> OnActionAsync(TAction action, CancellationToken cancellationToken) => Task.FromResult(ActionOutcome.Edited);

    Task IAgentHooks.OnBootAsync(BootContext boot, CancellationToken cancellationToken) => OnBootAsync((TBoot)boot, cancellationToken);

    Task<RecoveryPlan?> IAgentHooks.OnRecoveryAsync(RecoveryContext recovery, CancellationToken cancellationToken) =>
        OnRecoveryAsync((TRecovery)recovery, cancellationToken);

    Task IAgentHooks.OnPreloadAsync(BootContext boot, CancellationToken cancellationToken) => OnPreloadAsync((TBoot)boot, cancellationToken);

    Task IAgentHooks.OnChatStartAsync(TurnContext turn, CancellationToken cancellationToken) => OnChatStartAsync((TTurn)turn, cancellationToken);

    Task<IReadOnlyList<UIMessage>> IAgentHooks.OnValidateMessagesAsync(
        TurnContext turn, IReadOnlyList<UIMessage> incoming, CancellationToken cancellationToken) =>
        OnValidateMessagesAsync((TTurn)turn, incoming, cancellationToken);

    Task<IReadOnlyList<UIMessage>?> IAgentHooks.LoadContextAsync(
        TurnContext turn, IReadOnlyList<UIMessage> incoming, IReadOnlyList<UIMessage> previous, CancellationToken cancellationToken) =>
        LoadContextAsync((TTurn)turn, incoming, previous, cancellationToken);

    ValueTask<IEnumerable<AITool>> IAgentHooks.GetToolsAsync(TurnContext turn, CancellationToken cancellationToken) =>
        GetToolsAsync((TTurn)turn, cancellationToken);

    Task<IReadOnlyList<ChatMessage>> IAgentHooks.PrepareMessagesAsync(
        TurnContext turn, IReadOnlyList<ChatMessage> messages, PrepareReason reason, CancellationToken cancellationToken) =>
        PrepareMessagesAsync((TTurn)turn, messages, reason, cancellationToken);

    Task IAgentHooks.OnTurnStartAsync(TurnContext turn, CancellationToken cancellationToken) => OnTurnStartAsync((TTurn)turn, cancellationToken);

    Task IAgentHooks.RunAsync(TurnContext turn, CancellationToken cancellationToken) => RunAsync((TTurn)turn, cancellationToken);

    Task IAgentHooks.OnBeforeTurnCompleteAsync(TurnCompleted turn, CancellationToken cancellationToken) =>
        OnBeforeTurnCompleteAsync((TCompleted)turn, cancellationToken);

    Task IAgentHooks.OnTurnCompleteAsync(TurnCompleted turn, CancellationToken cancellationToken) =>
        OnTurnCompleteAsync((TCompleted)turn, cancellationToken);

    Task IAgentHooks.OnCompactedAsync(TurnContext turn, Compacted compacted, CancellationToken cancellationToken) =>
        OnCompactedAsync((TTurn)turn, compacted, cancellationToken);

    Task IAgentHooks.OnSuspendAsync(WaitContext wait, CancellationToken cancellationToken) => OnSuspendAsync(wait, cancellationToken);

    Task IAgentHooks.OnResumeAsync(WaitContext wait, CancellationToken cancellationToken) => OnResumeAsync(wait, cancellationToken);

    Task<ActionOutcome> IAgentHooks.OnActionAsync(ActionContext action, CancellationToken cancellationToken) =>
        OnActionAsync((TAction)action, cancellationToken);
}
