using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Archives;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Documents;
using AgentSessions.Gateway.Naming;
using AgentSessions.Gateway.Native.Attachments;
using AgentSessions.Gateway.Permissions;
using AgentSessions.Gateway.Stagent.Conversations;
using AgentSessions.Gateway.Stagent.Settings;
using AgentSessions.Gateway.Stagent.Turns;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Data;

/// <summary>
/// What the chat APIs keep beside a session: its settings and rows as a conversation, the documents that it owns or speaks of, the files attached to
/// it, and the rules by which its user allows tool calls.
/// </summary>
internal sealed class ChatValues(ISessionEngine engine, IOptions<StagentOptions> options) : IArchivedValues
{
    private const int MaxJsonBytes = 1024 * 1024;

    public async IAsyncEnumerable<ArchivedValue> ListAsync(SessionRow session, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string user = StateName.Prefix(UserOf(session));
        yield return new ArchivedValue(ConversationStore.Space, user + session.Key.Key);
        await foreach (StateEntry note in AllAsync(session, TurnStore.NoteSpace, StateName.Prefix(session.Key.Key), cancellationToken))
        {
            yield return new ArchivedValue(TurnStore.NoteSpace, note.Key.Name);
        }

        foreach (string owner in new[] { user, AttachmentsOf(session) })
        {
            await foreach (StateEntry document in AllAsync(session, DocumentStore.Space, owner, cancellationToken))
            {
                // Its content first, as it is stored: whoever finds the document finds its content.
                string? onlyWith = document.Owner == session.Key ? null : Read<Document>(document.Value.Span)?.Id ?? document.Key.Name;
                yield return new ArchivedValue(DocumentStore.ContentSpace, document.Key.Name, onlyWith);
                yield return new ArchivedValue(DocumentStore.Space, document.Key.Name, onlyWith);
            }
        }

        await foreach (StateEntry rule in AllAsync(session, PermissionRules.Space, user, cancellationToken))
        {
            yield return new ArchivedValue(PermissionRules.Space, rule.Key.Name);
        }
    }

    public bool Takes(SessionRow session, string space, string name, ReadOnlySpan<byte> value)
    {
        string user = StateName.Prefix(UserOf(session));
        return space switch
        {
            ConversationStore.Space => name == user + session.Key.Key && Read<ConversationSettings>(value) is not null,
            TurnStore.NoteSpace => name.StartsWith(StateName.Prefix(session.Key.Key), StringComparison.Ordinal) && Read<TurnNote>(value) is not null,
            DocumentStore.Space => Read<Document>(value) is { Id: { } id, Name: not null, MediaType: not null, Size: >= 0 }
                && (name == user + StateName.Of(id) || name == AttachmentsOf(session) + StateName.Of(id)),
            DocumentStore.ContentSpace => IsIn(user, name) || IsIn(AttachmentsOf(session), name),
            PermissionRules.Space => value.Length <= 4 * PermissionRules.MaxLength && Encoding.UTF8.GetString(value) is { Length: > 0 and <= PermissionRules.MaxLength } rule
                && name == user + StateName.Of(rule),
            _ => false,
        };
    }

    private static string AttachmentsOf(SessionRow session) => StateName.Prefix(SessionAttachments.OwnerOf(session.Key).Id);

    private static bool IsIn(string owner, string name) =>
        name.Length == (2 * owner.Length) - 1 && name.StartsWith(owner, StringComparison.Ordinal) && name.AsSpan(owner.Length).IndexOfAnyExcept("0123456789abcdef") < 0;

    private string UserOf(SessionRow session) => SessionUser.IdOf(session) ?? options.Value.LocalUser;

    private static T? Read<T>(ReadOnlySpan<byte> json)
        where T : class
    {
        try
        {
            return json.Length <= MaxJsonBytes ? JsonSerializer.Deserialize<T>(json, JsonSerializerOptions.Web) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private IAsyncEnumerable<StateEntry> AllAsync(SessionRow session, string space, string prefix, CancellationToken cancellationToken) =>
        engine.State.ReadAllAsync(session.Key.Environment, space, prefix, cancellationToken: cancellationToken);
}
