using System.Collections.Concurrent;
using AgentSessions.Agents;

namespace AgentSessions.Gateway.Tests.Hosting;

/// <summary>An agent that says <c>in</c>, and <c>out</c> once the gate of its message is opened.</summary>
internal sealed class GatedAgent
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new();

    public async Task RunAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        await turn.Output.WriteTextAsync("in ", cancellationToken);
        await Gate(turn.Message!.Text).Task.WaitAsync(cancellationToken);
        await turn.Output.WriteTextAsync("out", cancellationToken);
    }

    /// <summary>Lets the turn of a message go on, now or when it comes.</summary>
    public void Open(string message) => Gate(message).TrySetResult();

    private TaskCompletionSource Gate(string message) =>
        _gates.GetOrAdd(message, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
