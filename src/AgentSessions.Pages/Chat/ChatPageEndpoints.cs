using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Core;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Forking;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Bodies;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Pages.Chat;

/// <summary>What the chat page asks of its server: which agents there are, a session, and a token for it.</summary>
internal sealed class ChatPageEndpoints(
    ISessionEngine engine, SessionForks forks, IAgentCatalog agents, ISessionTokens tokens, KeyRing keys, ChatPageGuard guard, IEnumerable<AgentCard> cards)
{
    private const int MaxBodyBytes = 4096;

    private readonly AgentCard[] _cards = [.. cards];

    private string Environment => keys.Environments.Contains(EnvironmentsOptions.DefaultEnvironment) ? EnvironmentsOptions.DefaultEnvironment : keys.Environments[0];

    /// <summary><c>GET /chat/agents</c>: those with a card first, in the order of the cards.</summary>
    public IResult Agents(HttpContext context)
    {
        if (!guard.Allows(context))
        {
            return Refused();
        }

        IEnumerable<AgentCard> others = agents.Names.Except(_cards.Select(static card => card.Name)).Select(static name => new AgentCard(name, ""));
        return Results.Json(new
        {
            agents = _cards.Where(card => agents.Find(card.Name) is not null).Concat(others).Select(static card => new
            {
                name = card.Name,
                description = card.Description,
                suggestions = card.Suggestions,
                featured = card.IsFeatured,
            }),
        });
    }

    /// <summary><c>POST /chat/start</c> with <c>{chatId, agent}</c> → <c>{token}</c>: creates the session or finds it.</summary>
    public async Task<IResult> StartAsync(HttpContext context)
    {
        BodyFields? body = guard.Allows(context) ? await ReadAsync(context) : null;
        if (body is not { } fields || Text(fields, "chatId") is not { } chatId || !ChatPageGuard.Owns(chatId) || Text(fields, "agent") is not { } agent)
        {
            return Refused();
        }

        var config = new JsonObject
        {
            ["basePayload"] = new JsonObject { ["chatId"] = chatId, ["trigger"] = "preload" },
            ["tags"] = new JsonArray($"chat:{chatId}"),
        };
        StartedSession started = await engine.StartAsync(
            new StartSession
            {
                Environment = Environment,
                ExternalId = chatId,
                Type = "chat.agent",
                Agent = agent,
                TriggerConfig = config.ToJsonString(),
                Tags = ["chat-page"],
            },
            context.RequestAborted);
        return Token(started.Row.Key);
    }

    /// <summary><c>POST /chat/token</c> with <c>{chatId}</c> → <c>{token}</c>: a fresh token, whether the session exists or not.</summary>
    public async Task<IResult> TokenAsync(HttpContext context)
    {
        BodyFields? body = guard.Allows(context) ? await ReadAsync(context) : null;
        return body is { } fields && Text(fields, "chatId") is { } chatId && ChatPageGuard.Owns(chatId)
            ? Token(new SessionKey(Environment, chatId))
            : Refused();
    }

    /// <summary><c>POST /chat/branch</c> with <c>{chatId, before, to}</c> → <c>{token}</c>: another chat of what was said before a message.</summary>
    public async Task<IResult> BranchAsync(HttpContext context)
    {
        BodyFields? body = guard.Allows(context) ? await ReadAsync(context) : null;
        if (body is not { } fields || Text(fields, "chatId") is not { } chatId || Text(fields, "to") is not { } to || Text(fields, "before") is not { } before
            || !ChatPageGuard.Owns(chatId) || !ChatPageGuard.Owns(to))
        {
            return Refused();
        }

        var fork = new ForkSession(new SessionKey(Environment, chatId), new ForkPoint.BeforeMessage(before)) { ExternalId = to };
        StartedSession started = await forks.ForkAsync(fork, context.RequestAborted);
        return Token(started.Row.Key);
    }

    private IResult Token(SessionKey session) => Results.Json(new { token = tokens.Mint(session, runId: null) });

    // Any other media type could be sent by a form of another site.
    private static async ValueTask<BodyFields?> ReadAsync(HttpContext context) => context.Request.HasJsonContentType()
        ? new BodyFields(StrictJson.ParseObject(await RequestBody.ReadAsync(context, MaxBodyBytes)))
        : null;

    private static string? Text(BodyFields body, string name) => body.Any(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static IResult Refused() => Results.Json(new { error = "The chat page may not do this" }, statusCode: StatusCodes.Status403Forbidden);
}
