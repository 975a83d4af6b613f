using System.Text.Json;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;

namespace AgentSessions.Core.Runs.State;

/// <summary>Who called a sub-agent. Stored beside its session, where no client can write, and deleted with it.</summary>
/// <param name="Depth">1 for what an agent called that nobody called.</param>
/// <param name="SessionId">The calling session.</param>
/// <param name="ChatId">The calling conversation.</param>
/// <param name="RunId">The calling run.</param>
/// <param name="ToolCallId">The tool call it was called from; null if from none.</param>
/// <param name="Budgets">The budgets of the callers that its use counts against.</param>
internal sealed record Lineage(int Depth, string SessionId, string ChatId, string RunId, string? ToolCallId, IReadOnlyList<string> Budgets)
{
    private const string Space = "lineage";

    /// <summary>Reads it; null for a session that no agent called.</summary>
    public static async ValueTask<Lineage?> ReadAsync(IStateStore state, SessionKey session, CancellationToken cancellationToken) =>
        await state.GetAsync(Key(session), cancellationToken) is { } entry
            ? JsonSerializer.Deserialize<Lineage>(entry.Value.Span, JsonSerializerOptions.Web)
            : null;

    /// <summary>Stores it for a session, which need not exist yet.</summary>
    public async ValueTask WriteAsync(IStateStore state, SessionKey session, CancellationToken cancellationToken) => await state.PutAsync(
        new StatePut(Key(session), JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web), session), expectedVersion: null, cancellationToken);

    private static StateKey Key(SessionKey session) => new(session.Environment, Space, session.Key);
}
