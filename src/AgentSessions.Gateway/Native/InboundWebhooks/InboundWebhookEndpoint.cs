using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Webhooks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Native.InboundWebhooks;

/// <summary><c>POST /api/v1/webhooks/{name}</c>: a signed event becomes an action of the session it names.</summary>
/// <remarks>
/// The order matters: signature and age are judged before anything of the body is believed. The part id is made of the event's id, so a repeat
/// within the tolerance appends nothing. Only what comes in here carries the mark <c>actionSource: "webhook"</c>; appends lose it.
/// </remarks>
internal sealed class InboundWebhookEndpoint(ISessionEngine engine, IOptions<InboundWebhooksOptions> options, TimeProvider time)
{
    private const int MaxBodyBytes = 512 * 1024;
    private const int MaxIdLength = 200;

    public async Task PostAsync(HttpContext context)
    {
        string name = PathSegment.Get(context, "name");
        if (!options.Value.TryGetValue(name, out InboundWebhookOptions? webhook))
        {
            throw Refuse.NotFound("No such webhook");
        }

        ReadOnlyMemory<byte> body = await RequestBody.ReadAsync(context, MaxBodyBytes);
        string id = Header(context, "webhook-id");
        string timestamp = Header(context, "webhook-timestamp");
        if (!IsSigned(webhook, Header(context, "webhook-signature"), id, timestamp, body.Span))
        {
            throw Refuse.Unauthenticated("The webhook's signature is wrong");
        }

        if (!IsRecent(timestamp, time.GetUtcNow(), webhook.Tolerance))
        {
            throw Refuse.Unauthenticated("The webhook's timestamp is too far from now");
        }

        JsonElement json = StrictJson.ParseObject(body);
        SessionKey session = await engine.ResolveAsync(webhook.Environment, SessionId(json, webhook), context.RequestAborted) ?? throw Refuse.NotFound("Session not found");
        AppendedRecord appended = await engine.AppendAsync(
            StreamId.In(session), new AppendText(Action(json, webhook), $"webhook:{name}:{id}") { IsWebhook = true }, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, appended, static (answer, record) =>
        {
            answer.WriteStartObject();
            answer.WriteBoolean("ok"u8, true);
            answer.WriteBoolean("repeat"u8, record.IsRepeat);
            answer.WriteEndObject();
        });
    }

    private static string Header(HttpContext context, string name) =>
        context.Request.Headers[name] is [{ Length: > 0 and <= 4096 } value] && (name != "webhook-id" || value.Length <= MaxIdLength)
            ? value
            : throw Refuse.BadRequest($"The header {name} is missing or too long", name);

    private static bool IsSigned(InboundWebhookOptions webhook, string signatures, string id, string timestamp, ReadOnlySpan<byte> body)
    {
        foreach (string? secret in (ReadOnlySpan<string?>)[webhook.Secret, webhook.PreviousSecret])
        {
            if (secret is not null && WebhookSecret.TryParseForeign(secret)?.HasSigned(signatures, id, timestamp, body) is true)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a timestamp, Unix seconds, is near enough to now.</summary>
    private static bool IsRecent(string timestamp, DateTimeOffset now, TimeSpan tolerance) =>
        long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
        && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
        && (now - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration() <= tolerance;

    private static string SessionId(JsonElement json, InboundWebhookOptions webhook)
    {
        JsonElement value = json;
        foreach (string field in webhook.SessionField.Split('.'))
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(field, out value))
            {
                throw Refuse.BadRequest($"The event has no {webhook.SessionField}", webhook.SessionField);
            }
        }

        return value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } id
            ? id
            : throw Refuse.BadRequest($"{webhook.SessionField} is no text", webhook.SessionField);
    }

    private static byte[] Action(JsonElement json, InboundWebhookOptions webhook)
    {
        string? type = webhook.ActionType ?? (json.TryGetProperty("type", out JsonElement own) && own.ValueKind == JsonValueKind.String ? own.GetString() : null);
        var record = new JsonObject
        {
            ["kind"] = "message",
            ["payload"] = new JsonObject
            {
                ["trigger"] = "action",
                ["actionSource"] = "webhook",
                ["action"] = new JsonObject { ["type"] = type ?? "webhook", ["event"] = JsonNode.Parse(json.GetRawText()) },
            },
        };
        return JsonSerializer.SerializeToUtf8Bytes(record);
    }
}
