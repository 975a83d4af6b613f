using System.Text.Json;
using AgentSessions.Core.Storage;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Sessions.Terms;

/// <summary>Messages before a turn's own that its caller brought along. Kept beside the session until the turn ends, since they may be larger than a record.</summary>
/// <param name="Messages">Oldest first, without the turn's own message.</param>
/// <param name="IsStored">True: they become the beginning of a conversation that is empty so far. False: only this turn's agent sees them, in place of what is stored.</param>
public sealed record TurnPreface(IReadOnlyList<UIMessage> Messages, bool IsStored)
{
    private const string Space = "turn-prefaces";

    private static readonly JsonSerializerOptions _options = new(UIJson.Options) { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>The change that keeps this preface.</summary>
    public StatePut ToPut(SessionKey session, string name) =>
        new(KeyOf(session, name), JsonSerializer.SerializeToUtf8Bytes(this, _options), session);

    /// <summary>Reads a preface, or null.</summary>
    internal static async ValueTask<TurnPreface?> FindAsync(IStateStore state, SessionKey session, string name, CancellationToken cancellationToken) =>
        await state.GetAsync(KeyOf(session, name), cancellationToken) is { } entry
            ? JsonSerializer.Deserialize<TurnPreface>(entry.Value.Span, _options)
            : null;

    /// <summary>The change that removes a preface.</summary>
    public static StatePut Removal(SessionKey session, string name) => new(KeyOf(session, name), Value: null);

    private static StateKey KeyOf(SessionKey session, string name) => new(session.Environment, Space, name);
}
