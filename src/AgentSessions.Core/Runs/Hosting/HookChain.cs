using AgentSessions.Agents;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Runs.Hosting;

/// <summary>An agent with the delegates of its options before its own hooks.</summary>
internal sealed class HookChain(AgentOptions options, IAgentHooks agent) : IAgentHooks
{
    public AgentContexts Contexts => agent.Contexts;

    public bool PreparesMessages => options.PrepareMessages is not null || agent.PreparesMessages;

    public Task OnBootAsync(BootContext boot, CancellationToken cancellationToken) =>
        Both(options.OnBoot, agent.OnBootAsync, boot, cancellationToken);

    public async Task<RecoveryPlan?> OnRecoveryAsync(RecoveryContext recovery, CancellationToken cancellationToken) =>
        (options.OnRecovery is { } first ? await first(recovery, cancellationToken) : null) ?? await agent.OnRecoveryAsync(recovery, cancellationToken);

    public Task OnPreloadAsync(BootContext boot, CancellationToken cancellationToken) =>
        Both(options.OnPreload, agent.OnPreloadAsync, boot, cancellationToken);

    public Task OnChatStartAsync(TurnContext turn, CancellationToken cancellationToken) =>
        Both(options.OnChatStart, agent.OnChatStartAsync, turn, cancellationToken);

    public async Task<IReadOnlyList<UIMessage>> OnValidateMessagesAsync(
        TurnContext turn, IReadOnlyList<UIMessage> incoming, CancellationToken cancellationToken)
    {
        if (options.OnValidateMessages is { } first)
        {
            incoming = await first(turn, incoming, cancellationToken);
        }

        return await agent.OnValidateMessagesAsync(turn, incoming, cancellationToken);
    }

    public async Task<IReadOnlyList<UIMessage>?> LoadContextAsync(
        TurnContext turn, IReadOnlyList<UIMessage> incoming, IReadOnlyList<UIMessage> previous, CancellationToken cancellationToken) =>
        (options.LoadContext is { } first ? await first(turn, incoming, previous, cancellationToken) : null)
        ?? await agent.LoadContextAsync(turn, incoming, previous, cancellationToken);

    public async ValueTask<IEnumerable<AITool>> GetToolsAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        IEnumerable<AITool> own = await agent.GetToolsAsync(turn, cancellationToken);
        return options.Tools is { } more ? [.. await more(turn, cancellationToken), .. own] : own;
    }

    public async Task<IReadOnlyList<ChatMessage>> PrepareMessagesAsync(
        TurnContext turn, IReadOnlyList<ChatMessage> messages, PrepareReason reason, CancellationToken cancellationToken)
    {
        if (options.PrepareMessages is { } first)
        {
            messages = await first(turn, messages, reason, cancellationToken);
        }

        return await agent.PrepareMessagesAsync(turn, messages, reason, cancellationToken);
    }

    public Task OnTurnStartAsync(TurnContext turn, CancellationToken cancellationToken) =>
        Both(options.OnTurnStart, agent.OnTurnStartAsync, turn, cancellationToken);

    public Task RunAsync(TurnContext turn, CancellationToken cancellationToken) => agent.RunAsync(turn, cancellationToken);

    public Task OnBeforeTurnCompleteAsync(TurnCompleted turn, CancellationToken cancellationToken) =>
        Both(options.OnBeforeTurnComplete, agent.OnBeforeTurnCompleteAsync, turn, cancellationToken);

    public Task OnTurnCompleteAsync(TurnCompleted turn, CancellationToken cancellationToken) =>
        Both(options.OnTurnComplete, agent.OnTurnCompleteAsync, turn, cancellationToken);

    public async Task OnCompactedAsync(TurnContext turn, Compacted compacted, CancellationToken cancellationToken)
    {
        if (options.OnCompacted is { } first)
        {
            await first(turn, compacted, cancellationToken);
        }

        await agent.OnCompactedAsync(turn, compacted, cancellationToken);
    }

    public Task OnSuspendAsync(WaitContext wait, CancellationToken cancellationToken) =>
        Both(options.OnSuspend, agent.OnSuspendAsync, wait, cancellationToken);

    public Task OnResumeAsync(WaitContext wait, CancellationToken cancellationToken) =>
        Both(options.OnResume, agent.OnResumeAsync, wait, cancellationToken);

    public Task<ActionOutcome> OnActionAsync(ActionContext action, CancellationToken cancellationToken) =>
        options.OnAction is { } handler ? handler(action, cancellationToken) : agent.OnActionAsync(action, cancellationToken);

    private static Task Both<T>(Func<T, CancellationToken, Task>? first, Func<T, CancellationToken, Task> second, T context, CancellationToken cancellationToken)
    {
        return first is null ? second(context, cancellationToken) : InOrderAsync();

        async Task InOrderAsync()
        {
            await first(context, cancellationToken);
            await second(context, cancellationToken);
        }
    }
}
