using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Core.Storage;

namespace AgentSessions.Core.Turns;

/// <summary>Says where the turn of a message with terms begins, and keeps the receipt its terms ask for.</summary>
internal static class TurnReceipts
{
    /// <summary>The turn begins. Readers of <c>out</c> can tell its chunks from those of the turn before.</summary>
    public static async ValueTask BeginAsync(Turn turn)
    {
        if (turn.Record is not { Terms: { } terms } record)
        {
            return;
        }

        if (terms.Receipt is { } name)
        {
            var receipt = new TurnReceipt { State = TurnState.Running };
            await turn.Run.Writer.RideAsync(new CommitRider { States = [receipt.ToPut(turn.Run.Start.Session.Key, name)] });
        }

        await turn.Run.Writer.WriteControlAsync(MessageTerms.Begun(record.Sequence));
    }

    /// <summary>What the boundary's commit changes.</summary>
    /// <param name="turn">The turn, with its answer in the conversation.</param>
    /// <param name="errorText">Why it failed, or null.</param>
    public static IEnumerable<StatePut> AtBoundary(Turn turn, string? errorText) => turn.Record?.Terms is not { } terms
        ? []
        : new TurnReceipt
        {
            State = errorText is not null ? TurnState.Failed : turn.IsInterrupted ? TurnState.Stopped : TurnState.Completed,
            Error = errorText,
            Messages = turn.NewMessages,
            InputTokens = turn.Usage.InputTokenCount ?? 0,
            OutputTokens = turn.Usage.OutputTokenCount ?? 0,
        }.AtEnd(turn.Run.Start.Session.Key, terms);
}
