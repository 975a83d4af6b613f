using System.Runtime.CompilerServices;
using System.Text.Json;
using AgentSessions.Core.Budgets;
using AgentSessions.Core.Expiry;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Turns.Accounts;

namespace AgentSessions.Core.Archives;

/// <summary>What the runtime keeps beside a session: its legal hold, what it used of its budget, and the accounts of its turns.</summary>
internal sealed class CoreValues(IStateStore state) : IArchivedValues
{
    public async IAsyncEnumerable<ArchivedValue> ListAsync(SessionRow session, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new ArchivedValue(SessionLegalHold.Space, session.Key.Key);
        yield return new ArchivedValue(BudgetState.Space, LedgerName.OfSession(session.Id));
        await foreach (StateEntry account in state.ReadAllAsync(session.Key.Environment, TurnAccount.Space, $"{session.Id}/", cancellationToken: cancellationToken))
        {
            yield return new ArchivedValue(TurnAccount.Space, account.Key.Name);
        }
    }

    public bool Takes(SessionRow session, string space, string name, ReadOnlySpan<byte> value)
    {
        try
        {
            return space switch
            {
                SessionLegalHold.Space => name == session.Key.Key
                    && JsonSerializer.Deserialize<SessionLegalHold>(value, JsonSerializerOptions.Web) is { Reason: not null },
                BudgetState.Space => name == LedgerName.OfSession(session.Id) && Ledger.Read(value.ToArray()) is { Limits: not null, Held: not null },
                TurnAccount.Space => name.StartsWith($"{session.Id}/", StringComparison.Ordinal) && TurnAccount.Read(value.ToArray()) is { } account && account.NameIn(session) == name,
                _ => false,
            };
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
