using AgentSessions.Agents;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Server.DemoAgents;

/// <summary>Takes its time, so that there is something to stop, to steer and to resume.</summary>
internal static class SlowAgent
{
    private const int Deltas = 200;
    private const string Hold = "hold";
    private static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(3);

    /// <summary>Counts, and takes up messages that arrive meanwhile; told to hold, it waits for one before its second half.</summary>
    public static async Task RunAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        bool isHeld = turn.Message?.Text == Hold;
        for (int i = 0; i < Deltas; i++)
        {
            isHeld &= !await TakeUpAsync(turn, cancellationToken);
            while (isHeld && i == Deltas / 2)
            {
                await Task.Delay(_pace, cancellationToken);
                isHeld = !await TakeUpAsync(turn, cancellationToken);
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

    /// <returns>Whether there was anything to take up.</returns>
    private static async Task<bool> TakeUpAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        IReadOnlyList<UIMessage> messages = await turn.TakePendingMessagesAsync(cancellationToken);
        foreach (UIMessage message in messages)
        {
            await turn.Output.WriteTextAsync($"[steer: {message.Text}] ", cancellationToken);
        }

        return messages.Count > 0;
    }
}
