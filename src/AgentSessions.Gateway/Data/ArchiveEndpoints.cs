using AgentSessions.Core;
using AgentSessions.Core.Archives;
using AgentSessions.Core.Redaction;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Native.Sessions;
using AgentSessions.Protocol.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Data;

/// <summary>Sessions as archives, out of the server and into it. Secret key or administrator token.</summary>
internal sealed class ArchiveEndpoints(
    ISessionEngine engine, ISessionStore store, Authenticator authenticator, SessionAccess access, IEnumerable<IArchivedValues> values, IOptions<DataOptions> options, TimeProvider time,
    StorageQuota quota, IServiceProvider services)
{
    private const string ContentType = "application/jsonl; charset=utf-8";

    private readonly SessionExport _export = new(store, engine.State, values, time, TextRedaction.Of(services));
    private readonly SessionImport _import = new(store, engine.State, values, time);

    /// <summary><c>GET …/{session}/export</c>: lines of JSON, the last of which says that nothing is missing.</summary>
    public async Task ExportAsync(HttpContext context)
    {
        Caller caller = authenticator.RequireOperator(context);
        SessionKey session = await access.RequireAsync(caller, "admin", PathSegment.Get(context, "session"), suffixes: [], context.RequestAborted);
        SessionRow row = await engine.FindAsync(session, context.RequestAborted) ?? throw NotFound();
        context.Response.ContentType = ContentType;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{row.Id}.jsonl\"";
        if (!await _export.WriteAsync(session, context.Response.Body, context.RequestAborted))
        {
            throw NotFound();
        }
    }

    /// <summary><c>POST /api/v1/sessions/import</c>: the session of an archive in the caller's environment, under the ids it had.</summary>
    public async Task ImportAsync(HttpContext context)
    {
        Caller caller = authenticator.RequireOperator(context);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = options.Value.MaxImportBytes;
        }

        Func<long, CancellationToken, ValueTask>? admitLine = null;
        if (context.Request.ContentLength is { } length)
        {
            await quota.AdmitAsync(caller.Environment, length, context.RequestAborted);
        }
        else
        {
            // A body in chunks does not say how large it is, so it is admitted as it comes.
            admitLine = (bytes, cancellationToken) => quota.AdmitAsync(caller.Environment, bytes, cancellationToken);
        }

        SessionRow row = await _import.ReadAsync(
            caller.Environment, new CallersBody(context.Request.BodyReader), options.Value.MaxImportLineBytes, admitLine, context.RequestAborted);
        await AnswerWhatIsOwedAsync(row);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status201Created, row, SessionJson.Write);
    }

    /// <summary>A message that nobody had answered when the archive was written is answered here.</summary>
    private async Task AnswerWhatIsOwedAsync(SessionRow row)
    {
        SessionHead? head = await store.LoadAsync(row.Key, CancellationToken.None);
        if (row.ExternalId is null || row.StatusAt(time.GetUtcNow()) != SessionStatus.Active || head is null || head.In.Tail.Value <= head.Progress.AppliedThrough + 1)
        {
            return;
        }

        try
        {
            await engine.StartAsync(
                new StartSession { Environment = row.Key.Environment, ExternalId = row.ExternalId, Type = row.Type, Agent = row.Agent, TriggerConfig = row.TriggerConfig },
                CancellationToken.None);
        }
        catch (SessionException exception) when (exception.Code == SessionErrorCode.UnknownAgent)
        {
            // It is here all the same, and answered once the agent is deployed and somebody calls.
        }
    }

    private static SessionException NotFound() => new(SessionErrorCode.SessionNotFound, "Session not found");
}
