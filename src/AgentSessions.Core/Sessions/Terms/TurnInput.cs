using System.Text;
using System.Text.Json;
using AgentSessions.Core.Storage;

namespace AgentSessions.Core.Sessions.Terms;

/// <summary>The input that whoever approves a tool call wants it to run with. Only the server can bring one; what clients append never changes an input.</summary>
/// <param name="Value">The whole input.</param>
public sealed record TurnInput(JsonElement Value)
{
    private const string Space = "turn-inputs";

    /// <summary>The change that keeps this input.</summary>
    public StatePut ToPut(SessionKey session, string name) => new(KeyOf(session, name), Encoding.UTF8.GetBytes(Value.GetRawText()), session);

    /// <summary>Reads an input, or null.</summary>
    internal static async ValueTask<JsonElement?> FindAsync(IStateStore state, SessionKey session, string name, CancellationToken cancellationToken) =>
        await state.GetAsync(KeyOf(session, name), cancellationToken) is { } entry ? JsonElement.Parse(entry.Value.Span) : null;

    private static StateKey KeyOf(SessionKey session, string name) => new(session.Environment, Space, name);
}
