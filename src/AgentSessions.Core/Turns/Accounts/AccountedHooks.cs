using AgentSessions.Agents;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Turns.Accounts;

/// <summary>Hooks that note each call in the run's book.</summary>
internal sealed class AccountedHooks(IAgentHooks inner, AccountBook book) : IAgentHooks
{
    public AgentContexts Contexts => inner.Contexts;

    public bool PreparesMessages => inner.PreparesMessages;

    public async Task OnBootAsync(BootContext boot, CancellationToken cancellationToken)
    {
        using AccountMark mark = Begin("OnBoot");
        await inner.OnBootAsync(boot, cancellationToken);
        mark.Succeed();
    }

    public async Task<RecoveryPlan?> OnRecoveryAsync(RecoveryContext recovery, CancellationToken cancellationToken)
    {
        using AccountMark mark = Begin("OnRecovery");
        RecoveryPlan? result = await inner.OnRecoveryAsync(recovery, cancellationToken);
        mark.Succeed();
        return result;
    }

    public async Task OnPreloadAsync(BootContext boot, CancellationToken cancellationToken)
    {
        using AccountMark mark = Begin("OnPreload");
        await inner.OnPreloadAsync(boot, cancellationToken);
        mark.Succeed();
    }

    public async Task OnChatStartAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        using AccountMark mark = Begin("OnChatStart");
        await inner.OnChatStartAsync(turn, cancellationToken);
        mark.Succeed();
    }

    public async Task<IReadOnlyList<UIMessage>> OnValidateMessagesAsync(
        TurnContext turn, IReadOnlyList<UIMessage> incoming, CancellationToken cancellationToken)
    {
        using AccountMark mark = Begin("OnValidateMessages");
        IReadOnlyList<UIMessage> result = await inner.OnValidateMessagesAsync(turn, incoming, cancellationToken);
        mark.Succeed();
        return result;
    }

    public async Task<IReadOnlyList<UIMessage>?> LoadContextAsync(
        TurnContext turn, IReadOnlyList<UIMessage> incoming, IReadOnlyList<UIMessage> previous, CancellationToken cancellationToken)
    {
        using AccountMark mark = Begin("LoadContext");
        IReadOnlyList<UIMessage>? result = await inner.LoadContextAsync(turn, incoming, previous, cancellationToken);
        mark.Succeed();
        return result;
    }

    public async ValueTask<IEnumerable<AITool>> GetToolsAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        using AccountMark mark = Begin("GetTools");
        IEnumerable<AITool> result = await inner.GetToolsAsync(turn, cancellationToken);
        mark.Succeed();
        return result;
    }

    public async Task<IReadOnlyList<ChatMessage>> PrepareMessagesAsync(
        TurnContext turn, IReadOnlyList<ChatMessage> messages, PrepareReason reason, CancellationToken cancellationToken)
    {
        using AccountMark mark = Begin("PrepareMessages");
        IReadOnlyList<ChatMessage> result = await inner.PrepareMessagesAsync(turn, messages, reason, cancellationToken);
        mark.Succeed();
        return result;
    }

    public async Task OnTurnStartAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        using AccountMark mark = Begin("OnTurnStart");
        await inner.OnTurnStartAsync(turn, cancellationToken);
        mark.Succeed();
    }

    public async Task RunAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        using AccountMark mark = Begin("Run");
        await inner.RunAsync(turn, cancellationToken);
        mark.Succeed();
    }

    public async Task OnBeforeTurnCompleteAsync(TurnCompleted turn, CancellationToken cancellationToken)
    {
        using AccountMark mark = Begin("OnBeforeTurnComplete");
        await inner.OnBeforeTurnCompleteAsync(turn, cancellationToken);
        mark.Succeed();
    }

    public async Task OnTurnCompleteAsync(TurnCompleted turn, CancellationToken cancellationToken)
    {
        using AccountMark mark = Begin("OnTurnComplete");
        await inner.OnTurnCompleteAsync(turn, cancellationToken);
        mark.Succeed();
    }

    public async Task OnCompactedAsync(TurnContext turn, Compacted compacted, CancellationToken cancellationToken)
    {
        using AccountMark mark = Begin("OnCompacted");
        await inner.OnCompactedAsync(turn, compacted, cancellationToken);
        mark.Succeed();
    }

    public async Task OnSuspendAsync(WaitContext wait, CancellationToken cancellationToken)
    {
        using AccountMark mark = Begin("OnSuspend");
        await inner.OnSuspendAsync(wait, cancellationToken);
        mark.Succeed();
    }

    public async Task OnResumeAsync(WaitContext wait, CancellationToken cancellationToken)
    {
        using AccountMark mark = Begin("OnResume");
        await inner.OnResumeAsync(wait, cancellationToken);
        mark.Succeed();
    }

    public async Task<ActionOutcome> OnActionAsync(ActionContext action, CancellationToken cancellationToken)
    {
        using AccountMark mark = Begin("OnAction");
        ActionOutcome result = await inner.OnActionAsync(action, cancellationToken);
        mark.Succeed();
        return result;
    }

    private AccountMark Begin(string hook) => book.Begin(AccountKind.Hook, hook);
}
