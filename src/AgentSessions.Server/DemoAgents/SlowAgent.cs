using AgentSessions.Agents;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Server.DemoAgents;

/// <summary>Takes its time, so that there is something to stop, to steer and to resume.</summary>
internal static class SlowAgent
{
    private const int Deltas = 200;
    private static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(3);

    /// <summary>Counts, and takes up messages that arrive meanwhile.</summary>
    public static async Task RunAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        for (int i = 0; i < Deltas; i++)
        {
            foreach (UIMessage message in await turn.TakePendingMessagesAsync(cancellationToken))
            {
                await turn.Output.WriteTextAsync($"[steer: {message.Text}] ", cancellationToken);
            }

            await turn.Output.WriteTextAsync($"{i} ", cancellationToken);
            await Task.Delay(_pace, cancellationToken);
        }
    }

    /// <summary>Falls silent in the middle and takes nothing up.</summary>
    public static async Task PauseAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        await turn.Output.WriteTextAsync("before ", cancellationToken);
        await Task.Delay(_silence, cancellationToken);
        await turn.Output.WriteTextAsync("after", cancellationToken);
    }
}
