using AgentSessions.Agents;

namespace AgentSessions.Simulation.Tests.World;

/// <summary>Answers every message with its own name, piece by piece, sometimes slowly, sometimes with a failure.</summary>
internal sealed class EchoAgent(SimWorld world)
{
    public const string Name = "echo";

    public async Task RunAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        await world.CompareAsync(turn);
        await turn.Output.WriteTextAsync($"[{turn.RunId} {turn.Message!.Id}]", cancellationToken);
        for (int pieces = world.Random.Next(4); pieces > 0; pieces--)
        {
            await Task.Delay(world.Faults.Between(0, 300), world.Time, cancellationToken);
            await turn.Output.WriteTextAsync($" {pieces}", cancellationToken);
        }

        if (world.Random.Next(20) == 0)
        {
            throw new InvalidOperationException("The agent failed.");
        }
    }
}
