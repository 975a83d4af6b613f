using AgentSessions.Agents;

namespace AgentSessions.Gateway.Tests.Hosting;

/// <summary>An agent that answers <see cref="Flood"/> with more than all buffers of a connection hold, and anything else with itself.</summary>
internal static class FloodAgent
{
    public const string Name = "flood";
    public const string Flood = "all of it";

    /// <summary>What it is made of; no word of the protocols has it.</summary>
    public const char Letter = '~';

    /// <summary>How long the flood is.</summary>
    public const int Length = Pieces * PieceLength;

    private const int Pieces = 80;
    private const int PieceLength = 100_000;

    public static async Task RunAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        if (turn.Message?.Text != Flood)
        {
            await turn.Output.WriteTextAsync(turn.Message?.Text ?? "", cancellationToken);
            return;
        }

        string piece = new(Letter, PieceLength);
        for (int i = 0; i < Pieces; i++)
        {
            await turn.Output.WriteTextAsync(piece, cancellationToken);
        }
    }
}
