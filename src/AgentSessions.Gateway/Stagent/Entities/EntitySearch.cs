using System.Globalization;
using System.Text.Json;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Stagent.Access;
using AgentSessions.Gateway.Users;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Stagent.Entities;

/// <summary><c>GET /api/chat/entities/search</c>: what a message could mention.</summary>
internal sealed class EntitySearch(StagentAccess access, IEnumerable<IEntitySource> sources)
{
    private const int DefaultLimit = 20;
    private const int MaxLimit = 30;
    private const int MaxDescription = 120;

    private static readonly string[] _types = ["project", "task", "workflow", "document", "schedule", "table", "profile"];

    public async Task GetAsync(HttpContext context)
    {
        GatewayUser user = await access.AuthenticateAsync(context);
        string text = (context.Request.Query["q"].FirstOrDefault() ?? "").Trim();
        int limit = int.TryParse(context.Request.Query["limit"].FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out int asked) && asked > 0
            ? Math.Min(asked, MaxLimit)
            : DefaultLimit;
        int each = Math.Max(2, limit / _types.Length);
        var found = new List<(string Type, ChatEntity Entity)>();
        foreach (string type in _types)
        {
            var ofType = new List<ChatEntity>();
            foreach (IEntitySource source in sources.Where(source => source.EntityType == type))
            {
                ofType.AddRange(await source.SearchAsync(user, text, each, context.RequestAborted));
            }

            found.AddRange(ofType.Take(each).Select(entity => (type, entity)));
        }

        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, found.Take(limit), Write);
    }

    private static void Write(Utf8JsonWriter json, IEnumerable<(string Type, ChatEntity Entity)> found)
    {
        json.WriteStartObject();
        json.WriteStartArray("results"u8);
        foreach ((string type, ChatEntity entity) in found)
        {
            json.WriteStartObject();
            json.WriteString("entityType"u8, type);
            json.WriteString("entityId"u8, entity.Id);
            json.WriteString("label"u8, entity.Label);
            if (entity.Status is not null)
            {
                json.WriteString("status"u8, entity.Status);
            }

            if (entity.Description is { } description)
            {
                json.WriteString("description"u8, description.Length > MaxDescription ? description[..MaxDescription] : description);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
