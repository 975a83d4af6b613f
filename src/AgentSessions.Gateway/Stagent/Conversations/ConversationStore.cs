using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Naming;
using AgentSessions.Gateway.Stagent.Access;
using AgentSessions.Gateway.Users;

namespace AgentSessions.Gateway.Stagent.Conversations;

/// <summary>Finds and changes conversations. Somebody else's is the same as none.</summary>
internal sealed class ConversationStore(ISessionEngine engine, StagentAccess access, TimeProvider time)
{
    internal const string Space = "stagent-conversations";

    /// <exception cref="RequestRefusedException">404.</exception>
    public async ValueTask<Conversation> RequireAsync(GatewayUser user, string id, CancellationToken cancellationToken) =>
        await FindAsync(user, id, cancellationToken) ?? throw Refuse.NotFound("Conversation not found");

    /// <summary>The user's conversation, or null.</summary>
    public async ValueTask<Conversation?> FindAsync(GatewayUser user, string id, CancellationToken cancellationToken)
    {
        if (id.Length is 0 or > 256
            || await engine.ResolveAsync(user.Environment, id, cancellationToken) is not { } key
            || await engine.FindAsync(key, cancellationToken) is not { } row
            || !Owns(user, row))
        {
            return null;
        }

        StateEntry? entry = await engine.State.GetAsync(KeyOf(row, user), cancellationToken);
        return new Conversation(row, entry is null ? ConversationSettings.Of(row) : ConversationSettings.Read(entry.Value));
    }

    /// <summary>Keeps the settings of a new conversation.</summary>
    public async ValueTask<Conversation> AddAsync(GatewayUser user, SessionRow row, ConversationSettings settings, CancellationToken cancellationToken)
    {
        var conversation = new Conversation(row, settings with { UpdatedAt = row.CreatedAt.ToUnixTimeMilliseconds() });
        await engine.State.PutAsync(new StatePut(KeyOf(row, user), conversation.Settings.ToJson(), row.Key), expectedVersion: null, cancellationToken);
        return conversation;
    }

    /// <summary>Changes settings and moves the conversation to the front of the list.</summary>
    public async ValueTask<Conversation> ChangeAsync(
        GatewayUser user, Conversation conversation, Func<ConversationSettings, ConversationSettings> change, CancellationToken cancellationToken)
    {
        StateKey key = KeyOf(conversation.Row, user);
        while (true)
        {
            StateEntry? entry = await engine.State.GetAsync(key, cancellationToken);
            ConversationSettings settings = change(entry is null ? ConversationSettings.Of(conversation.Row) : ConversationSettings.Read(entry.Value));
            settings = settings with { UpdatedAt = Math.Max(settings.UpdatedAt + 1, time.GetUtcNow().ToUnixTimeMilliseconds()) };
            if (await engine.State.PutAsync(new StatePut(key, settings.ToJson(), conversation.Key), entry?.Version ?? 0, cancellationToken) is not null)
            {
                return conversation with { Settings = settings };
            }
        }
    }

    /// <summary>A message row was added.</summary>
    public async ValueTask TouchAsync(GatewayUser user, Conversation conversation, CancellationToken cancellationToken) =>
        await ChangeAsync(user, conversation, static settings => settings, cancellationToken);

    /// <summary>All settings of a user by the key of their session.</summary>
    public async ValueTask<Dictionary<string, ConversationSettings>> ListSettingsAsync(GatewayUser user, CancellationToken cancellationToken)
    {
        var all = new Dictionary<string, ConversationSettings>(StringComparer.Ordinal);
        string prefix = Prefix(user);
        await foreach (StateEntry entry in engine.State.ReadAllAsync(user.Environment, Space, prefix, cancellationToken: cancellationToken))
        {
            all[entry.Key.Name[prefix.Length..]] = ConversationSettings.Read(entry.Value);
        }

        return all;
    }

    /// <summary>A session that belongs to nobody is the local user's: nobody else can tell whose it is.</summary>
    public bool Owns(GatewayUser user, SessionRow row) =>
        Conversation.OwnerOf(row) is { } owner ? owner == user.Id : user == access.LocalUser;

    private static StateKey KeyOf(SessionRow row, GatewayUser user) => new(row.Key.Environment, Space, Prefix(user) + row.Key.Key);

    private static string Prefix(GatewayUser user) => StateName.Prefix(user.Id);
}
