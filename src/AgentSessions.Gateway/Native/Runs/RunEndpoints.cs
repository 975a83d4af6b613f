using AgentSessions.Core;
using AgentSessions.Core.Runs;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Errors;
using AgentSessions.Protocol.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Native.Runs;

/// <summary>Retrieving and cancelling a run by its id (wire document, section 9).</summary>
internal sealed class RunEndpoints(ISessionEngine engine, Authenticator authenticator)
{
    private const int MaxIdLength = 64;

    public async Task GetAsync(HttpContext context)
    {
        Caller caller = authenticator.Authenticate(context);
        string id = PathSegment.Get(context, "run");
        RunRow? run = await FindAsync(context, caller, id);
        bool may = caller.May("read", "runs", id)
            || (run is not null && (caller.May("read", "tags", [.. run.Tags]) || caller.May("read", "tasks", run.Agent)));
        if (!may)
        {
            throw Refuse.Forbidden();
        }

        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, run ?? throw NotFound(), RunJson.Write);
    }

    public async Task CancelAsync(HttpContext context)
    {
        Caller caller = authenticator.Authenticate(context);
        string id = PathSegment.Get(context, "run");
        if (!caller.May("write", "runs", id))
        {
            throw Refuse.Forbidden();
        }

        if (!IsId(id))
        {
            throw NotFound();
        }

        RunRow run = await engine.CancelRunAsync(caller.Environment, id, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, run.Id, static (json, text) =>
        {
            json.WriteStartObject();
            json.WriteString("id"u8, text);
            json.WriteEndObject();
        });
    }

    private ValueTask<RunRow?> FindAsync(HttpContext context, Caller caller, string id) =>
        IsId(id) ? engine.FindRunAsync(caller.Environment, id, context.RequestAborted) : default;

    private static bool IsId(string id) => id.Length <= MaxIdLength && id.StartsWith("run_", StringComparison.Ordinal);

    private static SessionException NotFound() => new(SessionErrorCode.RunNotFound, "Run not found");
}
