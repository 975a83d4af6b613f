using System.Globalization;
using System.Text.Json;
using AgentSessions.Client;
using AgentSessions.Core;
using AgentSessions.Core.Clients;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Limits;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.UI;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.Protocol;

namespace AgentSessions.Gateway.Mcp;

/// <summary>What the tools do: each call is checked as its native counterpart is, and answered as JSON.</summary>
internal sealed partial class SessionTools(
    ISessionEngine engine, SessionAccess access, RateLimits limits, Admission admission, TimeProvider time, ILogger<SessionTools> logger)
{
    private const int MaxWaitSeconds = 600, DefaultPage = 20, MaxPage = 100, MaxTextLength = 1024 * 1024, MaxCursorLength = 128;
    private static readonly JsonElement _noArguments = JsonElement.Parse("{}");

    /// <summary>Runs a call. What goes wrong is told to the model as the call's error, in words that are safe to show.</summary>
    public async ValueTask<CallToolResult> CallAsync(
        HttpContext context, Caller caller, CallToolRequestParams? call, CancellationToken cancellationToken)
    {
        if (call is null)
        {
            return ToolAnswers.Failed("params is required");
        }

        var arguments = new BodyFields(call.Arguments is { } given ? JsonSerializer.SerializeToElement(given) : _noArguments);
        try
        {
            return ToolAnswers.Of(call.Name switch
            {
                ToolList.StartSession => await StartAsync(context, caller, arguments, cancellationToken),
                ToolList.SendMessage => await SendAsync(context, caller, arguments, cancellationToken),
                ToolList.ReadSession => await ReadAsync(caller, arguments, cancellationToken),
                ToolList.StopTurn => await StopAsync(caller, arguments, cancellationToken),
                ToolList.ListSessions => await ListAsync(caller, arguments, cancellationToken),
                _ => throw Refuse.NotFound("There is no tool of that name"),
            });
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            Problem? problem = SessionProblems.Expected(exception, RouteErrors.Default);
            if (problem is null)
            {
                LogUnexpected(call.Name, exception);
            }

            return ToolAnswers.Failed((problem ?? SessionProblems.Unexpected).Error);
        }
    }

    private async Task<object> StartAsync(HttpContext context, Caller caller, BodyFields arguments, CancellationToken cancellationToken)
    {
        string agent = arguments.RequiredText("agent", 1, 128);
        if (!caller.May("write", "sessions") && !caller.May("write", "tasks", agent))
        {
            throw Refuse.Forbidden();
        }

        string chatId = arguments.Text("chatId", 1, 256) ?? Guid.NewGuid().ToString();
        limits.CountCreate(context, caller.Environment, chatId);
        using Admission.Lease lease = admission.Write();
        var actions = new EngineChatStart(engine, caller.Environment);
        return await actions.StartAsync(agent, chatId, arguments.Object("clientData"), cancellationToken);
    }

    private async Task<object> SendAsync(HttpContext context, Caller caller, BodyFields arguments, CancellationToken cancellationToken)
    {
        string text = arguments.RequiredText("text", 1, MaxTextLength);
        string? givenId = arguments.Text("messageId", 1, 256);
        string messageId = givenId ?? Guid.NewGuid().ToString();
        TimeSpan wait = WaitOf(arguments);
        SessionRow row = await RequireAsync(caller, "write", arguments, cancellationToken);
        limits.CountAppend(context, row.Key);
        StoredTranscript before = await engine.ReadTranscriptAsync(row.Key, givenId is null ? 1 : MaxPage, before: null, cancellationToken);
        if (givenId is not null && Kept(before, givenId) is { } answered)
        {
            // The session itself knows a repeat only for minutes.
            return answered;
        }

        await using AgentChat chat = Chat(row, before.LastOutSequence >= 0 ? before.LastOutSequence : null, messageId);
        AgentChatStream stream;
        using (admission.Write())
        {
            stream = await chat.SendMessageAsync(UIMessage.User(messageId, text), cancellationToken);
        }

        return stream.InputSequence <= before.LastInSequence
            ? Kept(before, messageId) ?? TurnAnswer.Idle(new TurnCursor(before.LastOutSequence))
            : await TurnAnswer.OfAsync(chat, stream, new TurnWatch(engine, row, time), wait, time, cancellationToken);
    }

    /// <summary>What a message was answered that is sent once more; null if the newest messages do not tell.</summary>
    private static TurnAnswer? Kept(StoredTranscript newest, string messageId) =>
        TurnAnswer.Kept(ToolAnswers.Messages(newest), messageId, new TurnCursor(newest.LastOutSequence));

    private async Task<object> ReadAsync(Caller caller, BodyFields arguments, CancellationToken cancellationToken)
    {
        TurnCursor? cursor = arguments.Text("cursor", 0, 64) is { } text ? TurnCursor.Parse(text) : null;
        TimeSpan wait = WaitOf(arguments);
        int limit = (int?)arguments.Whole("limit", 1, MaxPage) ?? DefaultPage;
        SessionRow row = await RequireAsync(caller, "read", arguments, cancellationToken);
        TurnAnswer? answer = null;
        if (cursor is { } place)
        {
            await using AgentChat chat = Chat(row, place.Out);
            Task<AgentChatStream?> found = place.Message is { } message
                ? chat.ReconnectAsync(message, cancellationToken)
                : chat.ReconnectAsync(cancellationToken);
            answer = await found is { } stream
                ? await TurnAnswer.OfAsync(chat, stream, new TurnWatch(engine, row, time), wait, time, cancellationToken)
                : TurnAnswer.Idle(place);
        }

        StoredTranscript transcript = await engine.ReadTranscriptAsync(row.Key, limit, before: null, cancellationToken);
        bool isRunning = await OutPeek.IsAnsweringAsync(engine, row.Key, cancellationToken);
        string at = answer?.Cursor ?? new TurnCursor(transcript.LastOutSequence).ToString();
        return ToolAnswers.Session(row, row.StatusAt(time.GetUtcNow()), isRunning, transcript, at, answer);
    }

    private async Task<object> StopAsync(Caller caller, BodyFields arguments, CancellationToken cancellationToken)
    {
        SessionRow row = await RequireAsync(caller, "write", arguments, cancellationToken);
        await using AgentChat chat = Chat(row);
        await chat.StopAsync(cancellationToken);
        return new { status = "stopping" };
    }

    private async Task<object> ListAsync(Caller caller, BodyFields arguments, CancellationToken cancellationToken)
    {
        string? agent = arguments.Text("agent", 1, 128);
        if (!caller.May("read", "sessions") && !caller.May("read", "tasks") && (agent is null || !caller.May("read", "tasks", agent)))
        {
            throw Refuse.Forbidden();
        }

        DateTimeOffset now = time.GetUtcNow();
        SessionPage page = await engine.ListAsync(
            new SessionQuery
            {
                Environment = caller.Environment,
                Agents = agent is null ? [] : [agent],
                Statuses = StatusOf(arguments) is { } status ? [status] : [],
                Now = now,
                After = AfterOf(arguments),
                Limit = (int?)arguments.Whole("limit", 1, MaxPage) ?? DefaultPage,
            },
            cancellationToken);
        return ToolAnswers.Page(page, now);
    }

    /// <summary>The session that a call names, if it exists and the caller may.</summary>
    private async ValueTask<SessionRow> RequireAsync(Caller caller, string action, BodyFields arguments, CancellationToken cancellationToken)
    {
        string id = arguments.RequiredText("session", 1, 256);
        SessionKey key = await access.RequireAsync(caller, action, id, suffixes: [], cancellationToken);
        return await engine.FindAsync(key, cancellationToken)
            ?? throw new SessionException(SessionErrorCode.SessionNotFound, "Session not found");
    }

    // A caller that leaves detaches; stopping has a tool of its own.
    private AgentChat Chat(SessionRow row, long? after = null, string? messageId = null) =>
        new AgentChatFactory(_ => new ExistingSession(row, new EngineSessionConnection(engine, row.Key.Environment)) { PartId = messageId }).Create(
            new AgentChatOptions
            {
                Agent = row.Agent,
                ChatId = row.Key.Key,
                StopOnCancel = false,
                Session = after is { } last ? new AgentChatSession { LastEventId = last.ToString(CultureInfo.InvariantCulture) } : null,
            });

    private static TimeSpan WaitOf(BodyFields arguments) =>
        TimeSpan.FromSeconds(arguments.Whole("waitSeconds", 0, MaxWaitSeconds) ?? ToolList.DefaultWaitSeconds);

    private static SessionPlace? AfterOf(BodyFields arguments) => arguments.Text("after", 1, MaxCursorLength) is { } text
        ? SessionPlace.Parse(text) ?? throw arguments.Wrong("after", "is no cursor that was handed out")
        : null;

    private static SessionStatus? StatusOf(BodyFields arguments) => arguments.Text("status", 1, 16) switch
    {
        null => null,
        "ACTIVE" => SessionStatus.Active,
        "CLOSED" => SessionStatus.Closed,
        "EXPIRED" => SessionStatus.Expired,
        _ => throw arguments.Wrong("status", "must be ACTIVE, CLOSED or EXPIRED"),
    };

    [LoggerMessage(5201, LogLevel.Error, "The MCP tool {Tool} failed.")]
    private partial void LogUnexpected(string tool, Exception exception);
}
