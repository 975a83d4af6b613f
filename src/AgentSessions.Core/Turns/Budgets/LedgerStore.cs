using AgentSessions.Core.Budgets;
using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Storage;

namespace AgentSessions.Core.Turns.Budgets;

/// <summary>Reads and changes budgets in the store. Every change is made on the version it was decided on, so writers of all processes agree.</summary>
internal sealed class LedgerStore(RunState run)
{
    /// <summary>The key of a budget.</summary>
    public StateKey Key(string name) => new(run.Start.Session.Key.Environment, BudgetState.Space, name);

    /// <summary>Changes a budget, again and again until no other writer was faster.</summary>
    /// <param name="ledger">Which.</param>
    /// <param name="change">Makes the new one of the stored one; may throw to refuse.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The budget as it is now; null for a parent's that is gone.</returns>
    public async ValueTask<Ledger?> ChangeAsync(LedgerRef ledger, Func<Ledger, Ledger> change, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(run.Shared.Options.Out, run.Shared.Time);
        while (true)
        {
            try
            {
                StateEntry? stored = await run.Shared.State.GetAsync(Key(ledger.Name), cancellationToken);
                if (stored is null && ledger.Limits is null)
                {
                    return null;
                }

                Ledger before = stored is null ? new Ledger() : Ledger.Read(stored.Value);
                Ledger after = change(ledger.Limits is { } limits ? before with { Limits = limits } : before);
                var put = new StatePut(Key(ledger.Name), after.Write(), ledger.IsOwned ? run.Start.Session.Key : stored?.Owner);
                if (await run.Shared.State.PutAsync(put, stored?.Version ?? 0, cancellationToken) is not null)
                {
                    return after;
                }
            }
            catch (StoreUnavailableException)
            {
                await backoff.WaitAsync(cancellationToken);
            }
        }
    }
}
