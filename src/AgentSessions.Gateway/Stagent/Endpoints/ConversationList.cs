using System.Globalization;
using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Stagent.Access;
using AgentSessions.Gateway.Stagent.Conversations;
using AgentSessions.Gateway.Stagent.Settings;
using AgentSessions.Gateway.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Stagent.Endpoints;

/// <summary><c>GET /api/chat/conversations</c>: the most recently changed first.</summary>
internal sealed class ConversationList(
    ISessionEngine engine, StagentAccess access, ConversationStore conversations, IOptions<StagentOptions> options, TimeProvider time)
{
    private const int PageSize = 100;

    public async Task GetAsync(HttpContext context)
    {
        GatewayUser user = await access.AuthenticateAsync(context);
        IQueryCollection query = context.Request.Query;
        string? status = query["status"].FirstOrDefault();
        string? projectId = query["projectId"].FirstOrDefault();
        List<Conversation> found = await FindAsync(
            user,
            settings => (status is null || settings.Status == status) && (projectId is null || settings.ProjectId == projectId),
            Limit(query) ?? int.MaxValue,
            context.RequestAborted);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, found, Write);
    }

    /// <summary>A limit as clients send it; what is no positive whole number counts as none.</summary>
    public static int? Limit(IQueryCollection query) =>
        int.TryParse(query["limit"].FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit > 0 ? limit : null;

    private async Task<List<Conversation>> FindAsync(
        GatewayUser user, Func<ConversationSettings, bool> matches, int limit, CancellationToken cancellationToken)
    {
        Dictionary<string, ConversationSettings> settings = await conversations.ListSettingsAsync(user, cancellationToken);
        if (options.Value.ListsAllSessions)
        {
            await AddOthersAsync(user, settings, cancellationToken);
        }

        var found = new List<Conversation>();
        foreach ((string key, ConversationSettings own) in settings.Where(entry => matches(entry.Value)).OrderByDescending(static entry => entry.Value.UpdatedAt))
        {
            if (found.Count == limit)
            {
                break;
            }

            if (await engine.FindAsync(new SessionKey(user.Environment, key), cancellationToken) is { } row && conversations.Owns(user, row))
            {
                found.Add(new Conversation(row, own));
            }
        }

        return found;
    }

    private async Task AddOthersAsync(GatewayUser user, Dictionary<string, ConversationSettings> settings, CancellationToken cancellationToken)
    {
        SessionPlace? after = null;
        do
        {
            SessionPage page = await engine.ListAsync(
                new SessionQuery { Environment = user.Environment, UserId = user.Id, Now = time.GetUtcNow(), After = after, Limit = PageSize }, cancellationToken);
            foreach (SessionRow row in page.Rows)
            {
                settings.TryAdd(row.Key.Key, ConversationSettings.Of(row));
            }

            after = page.Next;
        }
        while (after is not null);
    }

    private static void Write(Utf8JsonWriter json, List<Conversation> found)
    {
        json.WriteStartArray();
        foreach (Conversation conversation in found)
        {
            ConversationJson.Write(json, conversation);
        }

        json.WriteEndArray();
    }
}
