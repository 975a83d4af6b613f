using AgentSessions.Core;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Forking;
using AgentSessions.Core.Sessions.Holding;
using AgentSessions.Core.Streams;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Protocol.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Console;

/// <summary>One session in an operator's hands: all that is known of it, taking it over, and starting another from its past.</summary>
internal sealed class SessionDesk(ISessionEngine engine, SessionForks forks, Authenticator authenticator, SessionAccess access)
{
    private const int MaxBodyBytes = 256 * 1024;
    private const int MaxTextLength = 100_000;
    private const int MaxNameLength = 128;

    /// <summary><c>GET …/sessions/{session}</c>: the session object and who holds it, its run, and the bounds of both logs.</summary>
    public async Task GetAsync(HttpContext context)
    {
        SessionKey session = await RequireAsync(context);
        await AnswerAsync(context, await engine.FindAsync(session, context.RequestAborted) ?? throw NotFound());
    }

    /// <summary><c>POST …/take-over</c> with <c>{operator}</c>: stops the agent; what comes in waits.</summary>
    public Task TakeOverAsync(HttpContext context) =>
        HoldAsync(context, static body => new HoldSession(HoldAction.TakeOver) { By = body.RequiredText("operator", 1, MaxNameLength) });

    /// <summary><c>POST …/say</c> with <c>{messageId, text}</c>: an answer to all that waits. The same message id twice says it once.</summary>
    public Task SayAsync(HttpContext context) => HoldAsync(context, static body => new HoldSession(HoldAction.Say)
    {
        MessageId = body.RequiredText("messageId", 1, MaxNameLength),
        Text = body.RequiredText("text", 1, MaxTextLength),
    });

    /// <summary><c>POST …/hand-back</c>: the agent answers what still waits.</summary>
    public Task HandBackAsync(HttpContext context) => HoldAsync(context, static _ => new HoldSession(HoldAction.HandBack));

    /// <summary><c>POST …/fork</c> with <c>{direction, sequence, externalId?}</c>: a new session with the conversation up to a record; 201 with it.</summary>
    public async Task ForkAsync(HttpContext context)
    {
        Caller caller = authenticator.RequireOperator(context);
        BodyFields body = await ReadAsync(context);
        StreamDirection direction = body.RequiredText("direction", 1, 8) switch
        {
            "in" => StreamDirection.In,
            "out" => StreamDirection.Out,
            _ => throw body.Wrong("direction", "must be in or out"),
        };
        long sequence = body.Whole("sequence", 0, long.MaxValue) ?? throw body.Wrong("sequence", "must be a record's number");
        string? externalId = Native.Sessions.ExternalIdRule.Of(body);
        SessionKey session = await RequireAsync(context, caller);
        var fork = new ForkSession(session, new ForkPoint.AtRecord(direction, sequence)) { ExternalId = externalId };
        StartedSession started = await forks.ForkAsync(fork, context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status201Created;
        await AnswerAsync(context, started.Row);
    }

    private async Task HoldAsync(HttpContext context, Func<BodyFields, HoldSession> read)
    {
        Caller caller = authenticator.RequireOperator(context);
        HoldSession hold = read(await ReadAsync(context));
        SessionKey session = await RequireAsync(context, caller);
        await AnswerAsync(context, await engine.HoldAsync(session, hold, context.RequestAborted));
    }

    private static async ValueTask<BodyFields> ReadAsync(HttpContext context)
    {
        ReadOnlyMemory<byte> bytes = await RequestBody.ReadAsync(context, MaxBodyBytes);
        return new BodyFields(StrictJson.ParseObject(bytes.IsEmpty ? "{}"u8.ToArray() : bytes));
    }

    private ValueTask<SessionKey> RequireAsync(HttpContext context) => RequireAsync(context, authenticator.RequireOperator(context));

    private ValueTask<SessionKey> RequireAsync(HttpContext context, Caller caller) =>
        access.RequireAsync(caller, "admin", PathSegment.Get(context, "session"), suffixes: [], context.RequestAborted);

    private async Task AnswerAsync(HttpContext context, SessionRow row)
    {
        RunRow? run = row.CurrentRunId is null ? null : await engine.FindRunAsync(row.Key.Environment, row.CurrentRunId, context.RequestAborted);
        StreamBounds input = await engine.GetBoundsAsync(StreamId.In(row.Key), context.RequestAborted);
        StreamBounds output = await engine.GetBoundsAsync(StreamId.Out(row.Key), context.RequestAborted);
        int status = context.Response.StatusCode;
        await JsonAnswer.WriteAsync(context, status, new SessionFacts(row, run, input, output), SessionFacts.Write);
    }

    private static SessionException NotFound() => new(SessionErrorCode.SessionNotFound, "Session not found");
}
