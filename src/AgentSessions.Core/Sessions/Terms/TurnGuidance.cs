using System.Text;
using AgentSessions.Core.Storage;

namespace AgentSessions.Core.Sessions.Terms;

/// <summary>What the server tells the agent beside a message, for its turn only. Kept beside the session, since it may be larger than a record.</summary>
/// <param name="Text">Stands as a system message before the conversation.</param>
public sealed record TurnGuidance(string Text)
{
    private const string Space = "turn-guidance";

    /// <summary>The change that keeps this guidance.</summary>
    public StatePut ToPut(SessionKey session, string name) => new(KeyOf(session, name), Encoding.UTF8.GetBytes(Text), session);

    /// <summary>Reads a guidance's text, or null.</summary>
    internal static async ValueTask<string?> FindAsync(IStateStore state, SessionKey session, string name, CancellationToken cancellationToken) =>
        await state.GetAsync(KeyOf(session, name), cancellationToken) is { } entry ? Encoding.UTF8.GetString(entry.Value.Span) : null;

    private static StateKey KeyOf(SessionKey session, string name) => new(session.Environment, Space, name);
}
