using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Webhooks;

/// <summary><c>/api/v1/webhooks</c>: what was sent, what was not, and again. Secret key or administrator token.</summary>
internal sealed class WebhookEndpoints(WebhookStore store, Authenticator authenticator, IOptions<WebhookOptions> options)
{
    private const int DefaultPage = 50;
    private const int MaxPage = 200;

    /// <summary>The endpoints of the caller's environment, without their secrets.</summary>
    public Task GetAsync(HttpContext context)
    {
        Caller caller = authenticator.RequireOperator(context);
        var endpoints = new JsonArray([.. options.Value.Endpoints
            .Where(pair => pair.Value.Environment is null || pair.Value.Environment == caller.Environment)
            .Select(static pair => new JsonObject
            {
                ["name"] = pair.Key,
                ["url"] = pair.Value.Url,
                ["events"] = Texts(pair.Value.Events.Count > 0 ? pair.Value.Events : WebhookEvent.Types),
            })]);
        return AnswerAsync(context, StatusCodes.Status200OK, new JsonObject { ["endpoints"] = endpoints });
    }

    /// <summary>A page of events, the oldest first: <c>?done=true</c> for those that are done, <c>after</c> an id, <c>limit</c>.</summary>
    public async Task ListAsync(HttpContext context)
    {
        Caller caller = authenticator.RequireOperator(context);
        string? after = context.Request.Query["after"] is [{ Length: > 0 and <= 64 } id] ? id : null;
        int limit = context.Request.Query["limit"] is [{ } text]
            ? int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value is >= 1 and <= MaxPage
                ? value
                : throw Refuse.BadRequest($"limit must be a whole number from 1 to {MaxPage}", "limit")
            : DefaultPage;
        IReadOnlyList<StateEntry> page = context.Request.Query["done"] is ["true"]
            ? await store.ListDoneAsync(caller.Environment, after, limit, context.RequestAborted)
            : await store.ListPendingAsync(caller.Environment, after, limit, context.RequestAborted);
        var events = new JsonArray([.. page.Select(static entry => Json(WebhookEvent.Read(entry.Value)))]);
        await AnswerAsync(context, StatusCodes.Status200OK, new JsonObject { ["events"] = events });
    }

    /// <summary>Sends an event again, to all its endpoints.</summary>
    public async Task ReplayAsync(HttpContext context)
    {
        Caller caller = authenticator.RequireOperator(context);
        if (!await store.ReplayAsync(caller.Environment, PathSegment.Get(context, "event"), context.RequestAborted))
        {
            throw Refuse.NotFound("Event not found");
        }

        context.Response.StatusCode = StatusCodes.Status202Accepted;
    }

    private static JsonObject Json(WebhookEvent happened) => new()
    {
        ["id"] = happened.Id,
        ["type"] = happened.Type,
        ["timestamp"] = happened.Timestamp.UtcDateTime.ToString("O"),
        ["data"] = happened.Data.DeepClone(),
        ["deliveries"] = JsonSerializer.SerializeToNode(happened.Deliveries, JsonSerializerOptions.Web),
    };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(static text => JsonValue.Create(text))]);

    private static Task AnswerAsync(HttpContext context, int status, JsonObject body) =>
        JsonAnswer.WriteAsync(context, status, JsonSerializer.SerializeToUtf8Bytes(body));
}
