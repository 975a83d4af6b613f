using System.Text.Json;
using AgentSessions.Agents;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;

namespace AgentSessions.Core.Runs.State;

/// <summary>Remembers which calls with effects were begun, so that after a crash none is made twice without anybody having decided so.</summary>
/// <remarks>
/// A call is entered before it runs, in the same commit as the record that shows it; entries go with the turn's boundary. What a boot finds
/// was therefore begun by a turn that never ended.
/// </remarks>
/// <param name="session">The run's session.</param>
/// <param name="state">Where entries are read.</param>
/// <param name="writer">What commits them.</param>
internal sealed class ToolJournal(SessionRow session, IStateStore state, OutWriter writer)
{
    private const string Space = "tool-calls";
    private readonly HashSet<string> _begun = [];
    private HashSet<string>? _interrupted;

    /// <summary>The key a tool gets: the same for the same call, in whatever run it is made.</summary>
    public string IdempotencyKey(string callId) => $"{session.ExternalId ?? session.Id}:{callId}";

    /// <summary>Whether this call was begun by a turn that died.</summary>
    public bool WasInterrupted(string callId) => _interrupted?.Contains(callId) == true;

    /// <summary>Whether this call was begun since the last boundary.</summary>
    public bool WasBegun(string callId)
    {
        lock (_begun)
        {
            return _begun.Contains(callId);
        }
    }

    /// <summary>Enters a call; durable when this returns, and so is everything that was written before.</summary>
    public async Task BeginAsync(string callId, string tool, InterruptedCall interrupted)
    {
        lock (_begun)
        {
            _begun.Add(callId);
        }

        byte[] entry = JsonSerializer.SerializeToUtf8Bytes(new Entry(tool, interrupted.ToString()), JsonSerializerOptions.Web);
        await writer.RideAsync(new CommitRider { States = [new StatePut(Key(callId), entry, session.Key)] });
        await writer.FlushAsync();
    }

    /// <summary>Reads what a dead turn left.</summary>
    public async ValueTask LoadAsync(CancellationToken cancellationToken)
    {
        string prefix = Prefix();
        await foreach (StateEntry entry in state.ReadAllAsync(session.Key.Environment, Space, prefix, cancellationToken: cancellationToken))
        {
            _begun.Add(entry.Key.Name[prefix.Length..]);
            (_interrupted ??= []).Add(entry.Key.Name[prefix.Length..]);
        }
    }

    /// <summary>Closes all entries, for the commit of a boundary.</summary>
    public IReadOnlyList<StatePut> TakeEntries()
    {
        lock (_begun)
        {
            if (_begun.Count == 0)
            {
                return [];
            }

            StatePut[] removals = [.. _begun.Select(callId => new StatePut(Key(callId), Value: null))];
            _begun.Clear();
            _interrupted = null;
            return removals;
        }
    }

    private StateKey Key(string callId) => new(session.Key.Environment, Space, Prefix() + callId);

    // The friendly id has no separator in it, so one session's names never start another's.
    private string Prefix() => $"{session.Id}/";

    private sealed record Entry(string Tool, string Interrupted);
}
