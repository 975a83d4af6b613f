using AgentSessions.Agents;
using Microsoft.Extensions.AI;

namespace AgentSessions.Gateway.Tests.Hosting;

/// <summary>An agent that drives its turns itself and says what it was told.</summary>
internal static class LoopAgent
{
    public static async Task RunAsync(IAgentSessionLoop loop, CancellationToken cancellationToken)
    {
        await foreach (SessionTurn turn in loop.Turns(cancellationToken))
        {
            await turn.CompleteAsync(SayAsync(string.Join("|", turn.Messages.Select(static message => $"{message.Role}:{message.Text}"))), cancellationToken);
        }
    }

    private static async IAsyncEnumerable<ChatResponseUpdate> SayAsync(string text)
    {
        await Task.Yield();
        yield return new ChatResponseUpdate(ChatRole.Assistant, text);
    }
}
