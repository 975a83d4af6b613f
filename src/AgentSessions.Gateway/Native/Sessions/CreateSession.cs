using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Limits;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Native.Sessions;

/// <summary><c>POST /api/v1/sessions</c>: creates a session or finds it, and makes sure that a run is alive (wire document, section 4.2).</summary>
internal sealed class CreateSession(ISessionEngine engine, Authenticator authenticator, ISessionTokens tokens, RateLimits limits, Admission admission)
{
    // A head start ships its whole history here.
    private const int MaxBodyBytes = 1024 * 1024;

    public async Task PostAsync(HttpContext context)
    {
        Caller caller = authenticator.Authenticate(context);
        var body = new BodyFields(StrictJson.ParseObject(await RequestBody.ReadAsync(context, MaxBodyBytes)));
        StartSession start = Read(body, caller.Environment) with { KeepsOwner = !caller.HasSecretKey };
        if (!caller.May("write", "sessions") && !caller.May("write", "tasks", start.Agent))
        {
            throw Refuse.Forbidden();
        }

        limits.CountCreate(context, caller.Environment, start.ExternalId);
        using Admission.Lease lease = admission.Write();
        StartedSession started = await engine.StartAsync(start, context.RequestAborted);
        string token = tokens.Mint(started.Row.Key, runId: null);
        int status = started.IsCached ? StatusCodes.Status200OK : StatusCodes.Status201Created;
        await JsonAnswer.WriteAsync(context, status, (started, token), static (json, answer) => Write(json, answer.started, answer.token));
    }

    private static StartSession Read(BodyFields body, string environment)
    {
        JsonElement config = body.RequiredObject("triggerConfig");
        TriggerConfig.Check(config);
        return new StartSession
        {
            Environment = environment,
            ExternalId = ExternalIdRule.Of(body),
            Type = body.RequiredText("type", 1, 64),
            Agent = body.RequiredText("taskIdentifier", 1, 128),
            TriggerConfig = config.GetRawText(),
            Tags = body.Texts("tags", maxCount: 10, maxLength: 128),
            Metadata = body.Object("metadata")?.GetRawText(),
            ExpiresAt = body.Moment("expiresAt"),
        };
    }

    private static void Write(Utf8JsonWriter json, StartedSession started, string token)
    {
        json.WriteStartObject();
        SessionJson.WriteFields(json, started.Row);
        json.WriteString("runId"u8, started.RunId);
        json.WriteString("publicAccessToken"u8, token);
        json.WriteBoolean("isCached"u8, started.IsCached);
        json.WriteEndObject();
    }
}
