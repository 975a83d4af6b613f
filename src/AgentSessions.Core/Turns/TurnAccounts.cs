using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Turns.Accounts;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Turns;

/// <summary>Closes a turn's account at its boundary.</summary>
internal static class TurnAccounts
{
    /// <param name="turn">The turn, with its tokens.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="error">What the user was told instead of an answer, if anything.</param>
    /// <param name="elapsed">How long it took.</param>
    /// <returns>The change for the boundary's commit, once its sequence is known.</returns>
    public static Func<long, StatePut> AtBoundary(Turn turn, TurnOutcome outcome, string? error, TimeSpan elapsed)
    {
        RunState run = turn.Run;
        (IReadOnlyList<AccountEntry> entries, int omitted) = run.Book.Take();
        UsageDetails usage = turn.Usage;
        var account = new TurnAccount
        {
            Input = turn.Record?.Sequence,
            RunId = run.RunId,
            Agent = run.AgentName,
            Outcome = outcome == TurnOutcome.Answered && turn.IsInterrupted ? "stopped" : Name(outcome),
            MessageId = (turn.Message ?? turn.Record?.Message)?.Id,
            Error = error,
            At = (run.Shared.Time.GetUtcNow() - elapsed).ToUnixTimeMilliseconds(),
            Milliseconds = Math.Round(elapsed.TotalMilliseconds, 1),
            InputTokens = usage.InputTokenCount ?? 0,
            CachedTokens = usage.CachedInputTokenCount ?? 0,
            OutputTokens = usage.OutputTokenCount ?? 0,
            Cost = CostOf(usage),
            Entries = entries,
            Omitted = omitted,
        };
        return boundary => (account with { Boundary = boundary }).ToPut(run.Start.Session);
    }

    private static Dictionary<string, long>? CostOf(UsageDetails usage)
    {
        Dictionary<string, long>? cost = null;
        foreach ((string name, long count) in usage.AdditionalCounts ?? [])
        {
            if (name.StartsWith(TurnAccount.MoneyPrefix, StringComparison.Ordinal))
            {
                (cost ??= [])[name[TurnAccount.MoneyPrefix.Length..]] = count;
            }
        }

        return cost;
    }

    private static string Name(TurnOutcome outcome) => outcome switch
    {
        TurnOutcome.Answered => "answered",
        TurnOutcome.Empty => "empty",
        TurnOutcome.Failed => "failed",
        TurnOutcome.Abandoned => "abandoned",
        TurnOutcome.Aborted => "aborted",
        TurnOutcome.HandedOver => "handed over",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, null),
    };
}
