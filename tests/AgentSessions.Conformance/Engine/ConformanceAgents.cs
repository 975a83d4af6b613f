using System.Collections.Concurrent;
using AgentSessions.Agents;

namespace AgentSessions.Conformance.Engine;

/// <summary>The agents that the engine suite talks to. A host registers them all.</summary>
public static class ConformanceAgents
{
    /// <summary>Says <c>{number of messages so far}: {text}</c>.</summary>
    public const string Echo = "echo";

    /// <summary>Says <c>held </c>, waits until the test opens the gate named by the message's text, and says <c>released</c>.</summary>
    public const string Held = "held";

    private static readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new();

    /// <summary>Registers them.</summary>
    public static AgentSessionsBuilder AddConformanceAgents(this AgentSessionsBuilder agents) => agents
        .AddAgent(Echo, static (turn, cancellationToken) =>
            turn.Output.WriteTextAsync($"{turn.UIMessages.Count}: {turn.Message!.Text}", cancellationToken).AsTask())
        .AddAgent(Held, HoldAsync);

    /// <summary>Lets turns that hold at this gate go on, now and later.</summary>
    public static void Open(string gate) => Gate(gate).TrySetResult();

    private static async Task HoldAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        await turn.Output.WriteTextAsync("held ", cancellationToken);
        await Gate(turn.Message!.Text).Task.WaitAsync(cancellationToken);
        await turn.Output.WriteTextAsync("released", cancellationToken);
    }

    private static TaskCompletionSource Gate(string name) =>
        _gates.GetOrAdd(name, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
