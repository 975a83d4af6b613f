using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Errors;
using AgentSessions.Protocol.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Data;

/// <summary><c>/api/v1/erasures</c>: removes everything of a session or a user, and signs for it. Secret key only.</summary>
internal sealed class ErasureEndpoints(ISessionEngine engine, Authenticator authenticator, SessionAccess access, KeyRing keys, TimeProvider time)
{
    private const int MaxBodyBytes = 16 * 1024;

    /// <summary>Erases, and answers the receipt. Repeating it is safe.</summary>
    public async Task PostAsync(HttpContext context)
    {
        Caller caller = authenticator.RequireSecretKey(context);
        var body = new BodyFields(StrictJson.ParseObject(await RequestBody.ReadAsync(context, MaxBodyBytes)));
        string? session = body.Text("session", 1, 256);
        string? user = body.Text("user", 1, 128);
        ErasureReceipt receipt = (session, user) switch
        {
            ({ } id, null) => await EraseSessionAsync(caller, id, context.RequestAborted),
            (null, { } id) => await EraseUserAsync(caller.Environment, id, context.RequestAborted),
            _ => throw Refuse.BadRequest("Exactly one of session and user must be there"),
        };
        receipt.CompletedAt = time.GetUtcNow();
        JsonObject answer = JsonNode.Parse(receipt.ToJson())!.AsObject();
        answer["receipt"] = receipt.Sign(keys);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, JsonSerializer.SerializeToUtf8Bytes(answer));
    }

    /// <summary>What a receipt says, if this environment signed it; else 400.</summary>
    public async Task VerifyAsync(HttpContext context)
    {
        Caller caller = authenticator.RequireSecretKey(context);
        var body = new BodyFields(StrictJson.ParseObject(await RequestBody.ReadAsync(context, 1024 * 1024)));
        byte[] receipt = ErasureReceipt.Verify(keys, caller.Environment, body.RequiredText("receipt", 1, 1024 * 1024))
            ?? throw Refuse.BadRequest("This environment signed no such receipt", "receipt");
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, receipt);
    }

    private async Task<ErasureReceipt> EraseSessionAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        SessionKey session = await access.RequireAsync(caller, "admin", id, suffixes: [], cancellationToken);
        SessionRow row = await engine.FindAsync(session, cancellationToken)
            ?? throw new SessionException(SessionErrorCode.SessionNotFound, "Session not found");
        var receipt = ErasureReceipt.Begin(caller.Environment, "session", id, time.GetUtcNow());
        await engine.DeleteAsync(session, cancellationToken);
        receipt.Sessions.Add(row.Id);
        return receipt;
    }

    private async Task<ErasureReceipt> EraseUserAsync(string environment, string user, CancellationToken cancellationToken)
    {
        var receipt = ErasureReceipt.Begin(environment, "user", user, time.GetUtcNow());
        var query = new SessionQuery { Environment = environment, UserId = user, Now = receipt.RequestedAt, Limit = 100 };
        while (true)
        {
            SessionPage page = await engine.ListAsync(query, cancellationToken);
            foreach (SessionRow row in page.Rows)
            {
                (await TryDeleteAsync(row.Key, cancellationToken) ? receipt.Sessions : receipt.Kept).Add(row.Id);
            }

            if (page.Next is null)
            {
                break;
            }

            query = query with { After = page.Next };
        }

        receipt.Values = await UserValues.RemoveAsync(engine.State, environment, user, cancellationToken);
        return receipt;
    }

    private async ValueTask<bool> TryDeleteAsync(SessionKey session, CancellationToken cancellationToken)
    {
        try
        {
            await engine.DeleteAsync(session, cancellationToken);
            return true;
        }
        catch (SessionException exception) when (exception.Code == SessionErrorCode.LegalHold)
        {
            return false;
        }
    }
}
