using System.Globalization;
using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Turns.Accounts;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Errors;
using AgentSessions.Protocol.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Console;

/// <summary><c>GET …/turns?after=</c>: what each turn called and what it took, up to 200 in the order of their boundaries.</summary>
internal sealed class TurnList(ISessionEngine engine, Authenticator authenticator, SessionAccess access)
{
    private const int Limit = 200;

    public async Task GetAsync(HttpContext context)
    {
        Caller caller = authenticator.RequireOperator(context);
        long after = AfterOf(context.Request.Query["after"]);
        SessionKey session = await access.RequireAsync(caller, "read", PathSegment.Get(context, "session"), suffixes: [], context.RequestAborted);
        SessionRow row = await engine.FindAsync(session, context.RequestAborted)
            ?? throw new SessionException(SessionErrorCode.SessionNotFound, "Session not found");
        IReadOnlyList<TurnAccount> turns = await TurnAccount.ListAsync(engine.State, row, after, Limit, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, turns, Write);
    }

    private static long AfterOf(string? text) =>
        text is null ? -1
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long after) ? after
        : throw Refuse.BadRequest("after must be a record's number", "after");

    private static void Write(Utf8JsonWriter json, IReadOnlyList<TurnAccount> turns)
    {
        json.WriteStartObject();
        json.WriteStartArray("turns"u8);
        foreach (TurnAccount turn in turns)
        {
            Write(json, turn);
        }

        json.WriteEndArray();
        json.WriteBoolean("hasMore"u8, turns.Count == Limit);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TurnAccount turn)
    {
        json.WriteStartObject();
        json.WriteNumber("boundary"u8, turn.Boundary);
        if (turn.Input is { } input)
        {
            json.WriteNumber("input"u8, input);
        }

        json.WriteString("runId"u8, turn.RunId);
        json.WriteString("agent"u8, turn.Agent);
        json.WriteString("outcome"u8, turn.Outcome);
        if (turn.MessageId is { } message)
        {
            json.WriteString("messageId"u8, message);
        }

        if (turn.Error is { } error)
        {
            json.WriteString("error"u8, error);
        }

        json.WriteNumber("at"u8, turn.At);
        json.WriteNumber("milliseconds"u8, turn.Milliseconds);
        json.WriteNumber("inputTokens"u8, turn.InputTokens);
        json.WriteNumber("cachedTokens"u8, turn.CachedTokens);
        json.WriteNumber("outputTokens"u8, turn.OutputTokens);
        json.WriteStartObject("costNano"u8);
        foreach ((string currency, long nano) in turn.Cost ?? new Dictionary<string, long>())
        {
            json.WriteNumber(currency, nano);
        }

        json.WriteEndObject();
        json.WriteStartArray("entries"u8);
        foreach (AccountEntry entry in turn.Entries)
        {
            Write(json, entry);
        }

        json.WriteEndArray();
        json.WriteNumber("omitted"u8, turn.Omitted);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, AccountEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("kind"u8, KindName(entry.Kind));
        json.WriteString("name"u8, entry.Name);
        json.WriteNumber("at"u8, entry.At);
        json.WriteNumber("milliseconds"u8, entry.Milliseconds);
        json.WriteBoolean("hasFailed"u8, entry.HasFailed);
        if (entry.Kind == AccountKind.Model)
        {
            json.WriteNumber("inputTokens"u8, entry.InputTokens);
            json.WriteNumber("outputTokens"u8, entry.OutputTokens);
        }

        json.WriteEndObject();
    }

    private static string KindName(AccountKind kind) => kind switch
    {
        AccountKind.Hook => "hook",
        AccountKind.Model => "model",
        AccountKind.Tool => "tool",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
