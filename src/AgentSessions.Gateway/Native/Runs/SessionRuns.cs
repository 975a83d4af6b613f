using System.Globalization;
using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Errors;
using AgentSessions.Protocol.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Native.Runs;

/// <summary>A session's runs: the audit trail, and the hand-off that a worker asks for (wire document, section 12).</summary>
internal sealed class SessionRuns(ISessionEngine engine, Authenticator authenticator, SessionAccess access)
{
    private const int MaxBodyBytes = 1024;
    private const int MaxRuns = 1000;
    private const int DefaultRuns = 100;

    /// <summary>Newest first, at most <c>limit</c> (1 to 1000, default 100). Secret key only.</summary>
    public Task ListAsync(HttpContext context) => ListAsync(context, authenticator.RequireSecretKey(context));

    /// <summary>The same for a caller who was let in.</summary>
    public async Task ListAsync(HttpContext context, Caller caller)
    {
        int limit = LimitOf(context.Request.Query["limit"]);
        SessionKey session = await RequireAsync(context, caller, "read");
        if (await engine.FindAsync(session, context.RequestAborted) is null)
        {
            throw new SessionException(SessionErrorCode.SessionNotFound, "Session not found");
        }

        IReadOnlyList<RunRow> runs = await engine.ListRunsAsync(session, limit, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, runs, Write);
    }

    /// <summary><c>POST …/end-and-continue</c>.</summary>
    public async Task SwapAsync(HttpContext context)
    {
        Caller caller = authenticator.Authenticate(context);
        var body = new BodyFields(StrictJson.ParseObject(await RequestBody.ReadAsync(context, MaxBodyBytes)));
        string callingRunId = body.RequiredText("callingRunId", 1, 256);
        string reason = body.RequiredText("reason", 0, 64);
        if (body.Any("externalDeploymentId") is not { ValueKind: JsonValueKind.Null })
        {
            body.Text("externalDeploymentId", 0, 256);
        }

        SessionKey session = await RequireAsync(context, caller, "write");
        var swap = new SwapRun(callingRunId, ReasonOf(reason), AgentVersion: null);
        SwappedRun swapped = await engine.SwapRunAsync(session, swap, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, swapped, static (json, answer) =>
        {
            json.WriteStartObject();
            json.WriteString("runId"u8, answer.RunId);
            json.WriteBoolean("swapped"u8, answer.Swapped);
            json.WriteEndObject();
        });
    }

    private ValueTask<SessionKey> RequireAsync(HttpContext context, Caller caller, string action) =>
        access.RequireAsync(caller, action, PathSegment.Get(context, "session"), suffixes: [], context.RequestAborted);

    /// <summary>Reasons are free text on the wire; the audit trail knows four.</summary>
    private static RunReason ReasonOf(string text) => text switch
    {
        "upgrade" => RunReason.Upgrade,
        "continuation" => RunReason.Continuation,
        _ => RunReason.Manual,
    };

    private static int LimitOf(string? text)
    {
        if (text is null)
        {
            return DefaultRuns;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit is >= 1 and <= MaxRuns
            ? limit
            : throw Refuse.BadRequest($"limit must be a whole number from 1 to {MaxRuns}", "limit");
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<RunRow> runs)
    {
        json.WriteStartObject();
        json.WriteStartArray("data"u8);
        foreach (RunRow run in runs)
        {
            RunJson.WriteAudit(json, run);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
