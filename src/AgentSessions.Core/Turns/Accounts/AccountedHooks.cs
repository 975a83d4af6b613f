using AgentSessions.Agents;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Turns.Accounts;

/// <summary>Hooks that note each call in the run's book.</summary>
internal sealed class AccountedHooks(IAgentHooks inner, AccountBook book) : IAgentHooks
{
    public AgentContexts Contexts => inner.Contexts;

    public bool PreparesMessages => inner.PreparesMessages;

    public Task OnBootAsync(BootContext boot, CancellationToken cancellationToken) =>
        NoteAsync("OnBoot", () => inner.OnBootAsync(boot, cancellationToken));

    public Task<RecoveryPlan?> OnRecoveryAsync(RecoveryContext recovery, CancellationToken cancellationToken) =>
        NoteAsync("OnRecovery", () => inner.OnRecoveryAsync(recovery, cancellationToken));

    public Task OnPreloadAsync(BootContext boot, CancellationToken cancellationToken) =>
        NoteAsync("OnPreload", () => inner.OnPreloadAsync(boot, cancellationToken));

    public Task OnChatStartAsync(TurnContext turn, CancellationToken cancellationToken) =>
        NoteAsync("OnChatStart", () => inner.OnChatStartAsync(turn, cancellationToken));

    public Task<IReadOnlyList<UIMessage>> OnValidateMessagesAsync(TurnContext turn, IReadOnlyList<UIMessage> incoming, CancellationToken cancellationToken) =>
        NoteAsync("OnValidateMessages", () => inner.OnValidateMessagesAsync(turn, incoming, cancellationToken));

    public Task<IReadOnlyList<UIMessage>?> LoadContextAsync(
        TurnContext turn, IReadOnlyList<UIMessage> incoming, IReadOnlyList<UIMessage> previous, CancellationToken cancellationToken) =>
        NoteAsync("LoadContext", () => inner.LoadContextAsync(turn, incoming, previous, cancellationToken));

    public ValueTask<IEnumerable<AITool>> GetToolsAsync(TurnContext turn, CancellationToken cancellationToken) =>
        new(NoteAsync("GetTools", () => inner.GetToolsAsync(turn, cancellationToken).AsTask()));

    public Task<IReadOnlyList<ChatMessage>> PrepareMessagesAsync(
        TurnContext turn, IReadOnlyList<ChatMessage> messages, PrepareReason reason, CancellationToken cancellationToken) =>
        NoteAsync("PrepareMessages", () => inner.PrepareMessagesAsync(turn, messages, reason, cancellationToken));

    public Task OnTurnStartAsync(TurnContext turn, CancellationToken cancellationToken) =>
        NoteAsync("OnTurnStart", () => inner.OnTurnStartAsync(turn, cancellationToken));

    public Task RunAsync(TurnContext turn, CancellationToken cancellationToken) =>
        NoteAsync("Run", () => inner.RunAsync(turn, cancellationToken));

    public Task OnBeforeTurnCompleteAsync(TurnCompleted turn, CancellationToken cancellationToken) =>
        NoteAsync("OnBeforeTurnComplete", () => inner.OnBeforeTurnCompleteAsync(turn, cancellationToken));

    public Task OnTurnCompleteAsync(TurnCompleted turn, CancellationToken cancellationToken) =>
        NoteAsync("OnTurnComplete", () => inner.OnTurnCompleteAsync(turn, cancellationToken));

    public Task OnCompactedAsync(TurnContext turn, Compacted compacted, CancellationToken cancellationToken) =>
        NoteAsync("OnCompacted", () => inner.OnCompactedAsync(turn, compacted, cancellationToken));

    public Task OnSuspendAsync(WaitContext wait, CancellationToken cancellationToken) =>
        NoteAsync("OnSuspend", () => inner.OnSuspendAsync(wait, cancellationToken));

    public Task OnResumeAsync(WaitContext wait, CancellationToken cancellationToken) =>
        NoteAsync("OnResume", () => inner.OnResumeAsync(wait, cancellationToken));

    public Task<ActionOutcome> OnActionAsync(ActionContext action, CancellationToken cancellationToken) =>
        NoteAsync("OnAction", () => inner.OnActionAsync(action, cancellationToken));

    private async Task NoteAsync(string hook, Func<Task> call)
    {
        using AccountMark mark = book.Begin(AccountKind.Hook, hook);
        await call();
        mark.Succeed();
    }

    private async Task<T> NoteAsync<T>(string hook, Func<Task<T>> call)
    {
        using AccountMark mark = book.Begin(AccountKind.Hook, hook);
        T result = await call();
        mark.Succeed();
        return result;
    }
}
