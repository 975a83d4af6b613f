using AgentSessions.Agents;
using AgentSessions.Simulation.Tests.Oracle;

namespace AgentSessions.Simulation.Tests.World;

/// <summary>Answers every message with its own name, piece by piece, sometimes slowly, sometimes with a failure.</summary>
internal sealed class EchoAgent(SimWorld world)
{
    public const string Name = "echo";

    public async Task RunAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        await world.CompareAsync(turn);
        Saying saying = world.History.Begin(turn.RunId, turn.Message!.Id);
        await SayAsync(turn, saying, $"[{turn.RunId} {turn.Message.Id}]", cancellationToken);
        for (int pieces = world.Random.Next(4); pieces > 0; pieces--)
        {
            await Task.Delay(world.Faults.Between(0, 300), world.Time, cancellationToken);
            await SayAsync(turn, saying, $" {pieces}", cancellationToken);
        }

        saying.Fails = world.Random.Next(20) == 0;
        saying.IsEnded = true;
        if (saying.Fails)
        {
            throw new InvalidOperationException("The agent failed.");
        }
    }

    private static Task SayAsync(TurnContext turn, Saying saying, string piece, CancellationToken cancellationToken)
    {
        saying.Text += piece;
        return turn.Output.WriteTextAsync(piece, cancellationToken).AsTask();
    }
}
