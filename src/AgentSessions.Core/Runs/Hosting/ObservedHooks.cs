using AgentSessions.Agents;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Runs.Hosting;

/// <summary>Hooks that tell an observer of each call.</summary>
internal sealed class ObservedHooks(IAgentHooks inner, RunStart run, IRunObserver observer) : IAgentHooks
{
    public AgentContexts Contexts => inner.Contexts;

    public bool PreparesMessages => inner.PreparesMessages;

    public Task OnBootAsync(BootContext boot, CancellationToken cancellationToken) => Called("OnBoot").OnBootAsync(boot, cancellationToken);

    public Task<RecoveryPlan?> OnRecoveryAsync(RecoveryContext recovery, CancellationToken cancellationToken) =>
        Called("OnRecovery").OnRecoveryAsync(recovery, cancellationToken);

    public Task OnPreloadAsync(BootContext boot, CancellationToken cancellationToken) => Called("OnPreload").OnPreloadAsync(boot, cancellationToken);

    public Task OnChatStartAsync(TurnContext turn, CancellationToken cancellationToken) => Called("OnChatStart").OnChatStartAsync(turn, cancellationToken);

    public Task<IReadOnlyList<UIMessage>> OnValidateMessagesAsync(
        TurnContext turn, IReadOnlyList<UIMessage> incoming, CancellationToken cancellationToken) =>
        Called("OnValidateMessages").OnValidateMessagesAsync(turn, incoming, cancellationToken);

    public Task<IReadOnlyList<UIMessage>?> LoadContextAsync(
        TurnContext turn, IReadOnlyList<UIMessage> incoming, IReadOnlyList<UIMessage> previous, CancellationToken cancellationToken) =>
        Called("LoadContext").LoadContextAsync(turn, incoming, previous, cancellationToken);

    public ValueTask<IEnumerable<AITool>> GetToolsAsync(TurnContext turn, CancellationToken cancellationToken) =>
        Called("GetTools").GetToolsAsync(turn, cancellationToken);

    public Task<IReadOnlyList<ChatMessage>> PrepareMessagesAsync(
        TurnContext turn, IReadOnlyList<ChatMessage> messages, PrepareReason reason, CancellationToken cancellationToken) =>
        Called("PrepareMessages").PrepareMessagesAsync(turn, messages, reason, cancellationToken);

    public Task OnTurnStartAsync(TurnContext turn, CancellationToken cancellationToken) => Called("OnTurnStart").OnTurnStartAsync(turn, cancellationToken);

    public Task RunAsync(TurnContext turn, CancellationToken cancellationToken) => Called("Run").RunAsync(turn, cancellationToken);

    public Task OnBeforeTurnCompleteAsync(TurnCompleted turn, CancellationToken cancellationToken) =>
        Called("OnBeforeTurnComplete").OnBeforeTurnCompleteAsync(turn, cancellationToken);

    public Task OnTurnCompleteAsync(TurnCompleted turn, CancellationToken cancellationToken) =>
        Called("OnTurnComplete").OnTurnCompleteAsync(turn, cancellationToken);

    public Task OnCompactedAsync(TurnContext turn, Compacted compacted, CancellationToken cancellationToken) =>
        Called("OnCompacted").OnCompactedAsync(turn, compacted, cancellationToken);

    public Task OnSuspendAsync(WaitContext wait, CancellationToken cancellationToken) => Called("OnSuspend").OnSuspendAsync(wait, cancellationToken);

    public Task OnResumeAsync(WaitContext wait, CancellationToken cancellationToken) => Called("OnResume").OnResumeAsync(wait, cancellationToken);

    public Task<ActionOutcome> OnActionAsync(ActionContext action, CancellationToken cancellationToken) =>
        Called("OnAction").OnActionAsync(action, cancellationToken);

    private IAgentHooks Called(string hook)
    {
        observer.HookCalled(run, hook);
        return inner;
    }
}
