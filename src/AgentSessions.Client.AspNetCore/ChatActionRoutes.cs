using System.Text.Json;
using AgentSessions.Client;
using AgentSessions.Client.AspNetCore;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Tokens;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the two server actions of a chat page.</summary>
public static class ChatActionRoutes
{
    // As long as the tokens that the server itself hands out.
    private static readonly TimeSpan _tokenLifetime = TimeSpan.FromHours(1);

    /// <summary>
    /// Maps <c>POST {prefix}/start</c> with <c>{chatId, taskId, clientData?}</c> → <c>{sessionId, runId, publicAccessToken}</c>, and
    /// <c>POST {prefix}/token</c> with <c>{chatId}</c> → <c>{token}</c>: what a page gives to <c>useTriggerChatTransport</c> as
    /// <c>startSession</c> and <c>accessToken</c>.
    /// </summary>
    /// <remarks>Needs <see cref="IChatActions"/>. Errors are <c>{error, code}</c>, with 502 where only this server can help.</remarks>
    /// <param name="endpoints">The application.</param>
    /// <param name="prefix">The path in front, such as <c>/api/chat</c>.</param>
    /// <param name="authorize">Decides about every request. A page gets nothing that this does not allow, so check who may have the chat id.</param>
    /// <returns>Both routes, for authentication, CORS and limits.</returns>
    public static RouteGroupBuilder MapChatActions(
        this IEndpointRouteBuilder endpoints, string prefix, Func<HttpContext, ChatAction, ValueTask<ChatActionDecision>> authorize)
    {
        RouteGroupBuilder group = endpoints.MapGroup(prefix);
        group.MapPost("/start", async context => await (await AnswerAsync(context, ChatActionKind.Start, authorize)).ExecuteAsync(context));
        group.MapPost("/token", async context => await (await AnswerAsync(context, ChatActionKind.Token, authorize)).ExecuteAsync(context));
        return group;
    }

    private static async Task<IResult> AnswerAsync(
        HttpContext context, ChatActionKind kind, Func<HttpContext, ChatAction, ValueTask<ChatActionDecision>> authorize)
    {
        if (await ReadAsync(context, kind) is not { } action)
        {
            return Error(StatusCodes.Status400BadRequest, "The body must be a JSON object with a chatId, and with a taskId to start", "invalid_request");
        }

        ChatActionDecision decision = await authorize(context, action);
        if (!decision.IsAllowed)
        {
            return Error(StatusCodes.Status403Forbidden, "Not allowed", "unauthorized");
        }

        try
        {
            var actions = context.RequestServices.GetRequiredService<IChatActions>();
            return kind == ChatActionKind.Start
                ? await StartAsync(actions, action, decision, context.RequestAborted)
                : await TokenAsync(actions, action.ChatId, context.RequestAborted);
        }
        catch (SessionException exception)
        {
            return Error(Status(exception.Code), exception.Message, exception.Code == SessionErrorCode.SessionClosed ? "session_closed" : null);
        }
    }

    private static async Task<IResult> StartAsync(IChatActions actions, ChatAction action, ChatActionDecision decision, CancellationToken cancellationToken)
    {
        StartedChat started = await actions.StartSessionAsync(
            action.Agent!, action.ChatId, decision.ClientData ?? action.ClientData, decision.TriggerConfig, cancellationToken);
        return Results.Json(new { sessionId = started.SessionId, runId = started.RunId, publicAccessToken = started.PublicAccessToken });
    }

    private static async Task<IResult> TokenAsync(IChatActions actions, string chatId, CancellationToken cancellationToken)
    {
        string[] scopes = [SessionScopes.Read(chatId), SessionScopes.Write(chatId)];
        return Results.Json(new { token = await actions.CreatePublicTokenAsync(scopes, _tokenLifetime, cancellationToken) });
    }

    private static async ValueTask<ChatAction?> ReadAsync(HttpContext context, ChatActionKind kind)
    {
        try
        {
            using JsonDocument body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            if (Text(body.RootElement, "chatId") is not { Length: > 0 } chatId)
            {
                return null;
            }

            string? agent = Text(body.RootElement, "taskId");
            JsonElement? clientData = body.RootElement.TryGetProperty("clientData", out JsonElement data) && data.ValueKind != JsonValueKind.Null ? data.Clone() : null;
            clientData?.WriteTo(new Utf8JsonWriter(Stream.Null));
            return kind == ChatActionKind.Start && agent is null ? null : new ChatAction(kind, chatId) { Agent = agent, ClientData = clientData };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter is half a surrogate pair, which only shows when the text is read or written.
            return null;
        }
    }

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static int Status(SessionErrorCode code) => code switch
    {
        SessionErrorCode.SessionClosed or SessionErrorCode.SessionExpired => StatusCodes.Status409Conflict,
        SessionErrorCode.UnknownAgent => StatusCodes.Status422UnprocessableEntity,
        SessionErrorCode.InvalidRequest or SessionErrorCode.RecordTooLarge => StatusCodes.Status400BadRequest,
        SessionErrorCode.RateLimited => StatusCodes.Status429TooManyRequests,
        SessionErrorCode.Overloaded or SessionErrorCode.StoreUnavailable => StatusCodes.Status503ServiceUnavailable,

        // Our own key is wrong, or the server is away: nothing the page can do about.
        _ => StatusCodes.Status502BadGateway,
    };

    private static IResult Error(int status, string error, string? code) => Results.Json(new { error, code }, statusCode: status);
}
