using AgentSessions.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests;

/// <summary>The agents that most tests use.</summary>
internal static class Agents
{
    /// <summary>Says how many messages there are and what the newest says.</summary>
    public static Task EchoAsync(TurnContext turn, CancellationToken cancellationToken) =>
        turn.Output.WriteTextAsync($"{turn.UIMessages.Count}: {turn.Message?.Text}", cancellationToken).AsTask();

    /// <summary>Lets the scripted model answer.</summary>
    public static Task RespondAsync(TurnContext turn, CancellationToken cancellationToken) =>
        turn.RespondAsync(turn.Services.GetRequiredService<IChatClient>(), cancellationToken: cancellationToken);

    /// <summary>The scripted model of a turn's host.</summary>
    public static IChatClient Model(TurnContext turn) => turn.Services.GetRequiredService<IChatClient>();

    /// <summary>A host for <see cref="RespondAsync"/>.</summary>
    public static Task<AgentTestHost> StartModelAsync(Action<AgentOptions>? options = null, params AITool[] tools) => AgentTestHost.StartAsync(
        RespondAsync,
        host => host.Options = agent =>
        {
            agent.Tools = (_, _) => new(tools);
            options?.Invoke(agent);
        });

    /// <summary>A host for <see cref="EchoAsync"/>.</summary>
    public static Task<AgentTestHost> StartEchoAsync(Action<AgentOptions>? options = null) =>
        AgentTestHost.StartAsync(EchoAsync, host => host.Options = options);
}
