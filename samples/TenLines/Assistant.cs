using AgentSessions.Agents;
using Microsoft.Extensions.AI;

namespace AgentSessions.Samples.TenLines;

/// <summary>The smallest agent: lets the configured model answer. History, streaming, stops and restarts are the runtime's.</summary>
public static class Assistant
{
    /// <summary>Answers one turn.</summary>
    public static Task RunAsync(TurnContext turn, CancellationToken cancellationToken) => turn.RespondAsync(
        new ChatOptions { Instructions = "You are a helpful assistant. Be brief." }, cancellationToken);
}
