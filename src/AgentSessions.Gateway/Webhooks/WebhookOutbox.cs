using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AgentSessions.Core.Events;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Webhooks;

/// <summary>Makes the events that configured endpoints want. An event belongs to its session, so it is erased with it.</summary>
internal sealed class WebhookOutbox(IOptions<WebhookOptions> options, TimeProvider time) : IEventOutbox
{
    /// <summary>Events with deliveries that are not done.</summary>
    public const string PendingSpace = "webhook-events";

    private readonly KeyValuePair<string, WebhookEndpointOptions>[] _endpoints = [.. options.Value.Endpoints];

    public IReadOnlyList<StatePut> Put(SessionEvent happened)
    {
        SessionRow session = happened.Session;
        string type = happened switch
        {
            SessionEvent.TurnCompleted => WebhookEvent.TurnCompleted,
            SessionEvent.ApprovalWaiting => WebhookEvent.ApprovalWaiting,
            SessionEvent.BudgetExceeded => WebhookEvent.BudgetExceeded,
            SessionEvent.RunFailed => WebhookEvent.RunFailed,
            _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, null),
        };
        return Make(session.Key.Environment, type, () => Data(happened)) is { } made ? [ToPut(session.Key.Environment, made, session.Key) with { IsNew = true }] : [];
    }

    /// <summary>What to put to tell that a user used up a budget; null when nobody wants to know. The same within a window of time.</summary>
    /// <param name="environment">Where.</param>
    /// <param name="user">Who.</param>
    /// <param name="budget">Which, such as <c>runs</c>.</param>
    /// <param name="limit">How much it is.</param>
    /// <param name="window">In which time it may be spent.</param>
    public StatePut? PutBudget(string environment, string user, string budget, long limit, TimeSpan window)
    {
        var data = new JsonObject { ["environment"] = environment, ["userId"] = user, ["budget"] = budget, ["limit"] = limit };
        if (Make(environment, WebhookEvent.BudgetExceeded, () => data) is not { } made)
        {
            return null;
        }

        long at = made.Timestamp.ToUnixTimeMilliseconds();
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{budget}\n{user}")).AsSpan(0, 6));
        return ToPut(environment, made with { Id = IdOf(at - (at % (long)window.TotalMilliseconds), hash) }, owner: null);
    }

    public static StatePut ToPut(string environment, WebhookEvent made, SessionKey? owner) =>
        new(new StateKey(environment, PendingSpace, made.Id), made.ToJson(), owner);

    private WebhookEvent? Make(string environment, string type, Func<JsonObject> data)
    {
        DateTimeOffset now = time.GetUtcNow();
        Dictionary<string, WebhookDelivery> deliveries = _endpoints
            .Where(endpoint => Wants(endpoint.Value, environment, type))
            .ToDictionary(static endpoint => endpoint.Key, _ => new WebhookDelivery { NextAt = now });
        if (deliveries.Count == 0)
        {
            return null;
        }

        string id = IdOf(now.ToUnixTimeMilliseconds(), RandomNumberGenerator.GetHexString(12, lowercase: true));
        return new WebhookEvent(id, type, now, data()) { Deliveries = deliveries };
    }

    private static string IdOf(long at, string rest) => $"evt_{at:d15}{rest}";

    private static bool Wants(WebhookEndpointOptions endpoint, string environment, string type) =>
        (endpoint.Environment is null || endpoint.Environment == environment) && (endpoint.Events.Count == 0 || endpoint.Events.Contains(type));

    private static JsonObject Data(SessionEvent happened)
    {
        SessionRow session = happened.Session;
        var data = new JsonObject
        {
            ["environment"] = session.Key.Environment,
            ["sessionId"] = session.Id,
            ["externalId"] = session.ExternalId,
            ["runId"] = happened.RunId,
            ["agent"] = happened.Agent,
        };
        switch (happened)
        {
            case SessionEvent.TurnCompleted turn:
                data["outcome"] = turn.Outcome.ToLowerInvariant();
                data["boundary"] = turn.Boundary;
                data["inputTokens"] = turn.InputTokens;
                data["outputTokens"] = turn.OutputTokens;
                break;
            case SessionEvent.ApprovalWaiting waiting:
                data["approvals"] = new JsonArray([.. waiting.Calls.Select(static call => new JsonObject
                {
                    ["approvalId"] = call.ApprovalId,
                    ["toolCallId"] = call.ToolCallId,
                    ["tool"] = call.Tool,
                })]);
                break;
            case SessionEvent.BudgetExceeded exceeded:
                data["scope"] = exceeded.Scope;
                data["budget"] = exceeded.Budget;
                data["limit"] = exceeded.Limit;
                data["used"] = exceeded.Used;
                break;
            case SessionEvent.RunFailed failed:
                data["error"] = failed.Error;
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(happened), happened, null);
        }

        return data;
    }
}
