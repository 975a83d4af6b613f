using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Gateway.Stagent.Messages;
using AgentSessions.Gateway.Stagent.Requests;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Gateway.Stagent.Turns;

/// <summary>Follows one turn from its message to its end, over every request the agent makes on the way.</summary>
/// <remarks>
/// <para>1. Chunks between the begin of this turn and its boundary are the viewer's; those of other turns are not.</para>
/// <para>2. At a boundary the transcript says whether calls are open. If so the turn goes on: they are asked, and denied when their time is over.</para>
/// <para>3. If none is open the turn is over; its receipts say how it ended.</para>
/// <para>Everything it needs is stored, so another process can follow on from any point. While the store cannot be used it waits.</para>
/// </remarks>
internal sealed class TurnFollower(TurnServices services, SessionKey session, ActiveTurn turn, ITurnViewer viewer)
{
    private const string Cancelled = "The turn was cancelled.";
    private const string Closed = "The conversation was closed.";

    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<string, PendingRequest> _open = [];
    private readonly HashSet<string> _expired = [];
    private readonly HashSet<string> _asked = [];
    private readonly HashSet<string> _shown = [];
    private UIMessageBuilder? _answer;
    private bool _isOurs;
    private long _renewed = services.Time.GetTimestamp();

    private ISessionEngine Engine => services.Engine;

    /// <summary>Follows until the turn is over.</summary>
    /// <param name="from">Where to begin in <c>out</c>.</param>
    /// <param name="isResumed">Whether the turn may be waiting or over already.</param>
    /// <param name="cancellationToken">Ends the following, not the turn.</param>
    public async Task<TurnEnd> RunAsync(Cursor from, bool isResumed, CancellationToken cancellationToken)
    {
        using StreamTail tail = Engine.OpenTail(StreamId.Out(session), from, cancellationToken);
        tail.EndsWithRun = true;
        if (isResumed && await JudgeAsync(cancellationToken) is { } before)
        {
            return before;
        }

        while (true)
        {
            RecordBatch? batch = await RetryAsync(_ => tail.ReadAsync(_patience), cancellationToken);
            foreach (StreamRecord record in batch?.Decode() ?? [])
            {
                if (await TakeAsync(record, cancellationToken) is { } end)
                {
                    return end;
                }
            }

            if (batch is null && (tail.IsOver ? TurnEnd.Deleted : await RetryAsync(LookAroundAsync, cancellationToken)) is { } last)
            {
                return last;
            }

            await viewer.TickAsync();
            await RenewAsync(cancellationToken);
        }
    }

    private async ValueTask<TurnEnd?> TakeAsync(StreamRecord record, CancellationToken cancellationToken)
    {
        switch (record.Control)
        {
            case ControlHeaders.TurnBegun:
                // One answer may be to several messages.
                _isOurs |= record.InEventId == turn.Sequence;
                return null;
            case ControlHeaders.TurnComplete:
                bool wasOurs = _isOurs;
                _isOurs = false;
                return wasOurs || record.InEventId >= turn.Sequence ? await JudgeAsync(cancellationToken) : null;
            case ControlHeaders.SessionClosed:
                return await JudgeAsync(cancellationToken);
        }

        if (SessionView.ChunkOf(record) is { } chunk)
        {
            await TakeAsync(chunk, cancellationToken);
        }

        return null;
    }

    private async ValueTask TakeAsync(UIMessageChunk chunk, CancellationToken cancellationToken)
    {
        if (chunk is StartChunk { MessageId: { } id })
        {
            // A continued answer keeps its id; an answer begun afresh after a crash has another.
            _isOurs |= _answer?.Id == id;
            if (_isOurs && _answer?.Id != id)
            {
                _answer = new UIMessageBuilder(id);
            }
        }

        if (!_isOurs)
        {
            return;
        }

        Build(chunk);
        switch (chunk)
        {
            case TextDeltaChunk delta:
                await viewer.DeltaAsync(delta.Delta);
                break;
            case ToolInputStartChunk start:
                await viewer.StatusAsync("tool_use", $"Using {start.ToolName}");
                break;
            case ToolApprovalRequestChunk approval when _answer?.Build() is { } answer
                && answer.Tools.LastOrDefault(call => call.ToolCallId == approval.ToolCallId) is { } call:
                await RetryAsync(token => AskAtOnceAsync(answer.Id, call, token), cancellationToken);
                break;
            case FileChunk file when await RetryAsync(token => KeepAsync(file, token), cancellationToken) is { } screenshot
                && _shown.Add(screenshot.DocumentId):
                await viewer.ShowAsync(screenshot);
                break;
        }
    }

    private void Build(UIMessageChunk chunk)
    {
        try
        {
            _answer?.Apply(chunk);
        }
        catch (ChunkOrderException)
        {
            // The answer began before this follower did; the transcript has all of it.
        }
    }

    private ValueTask<Screenshot?> KeepAsync(FileChunk file, CancellationToken cancellationToken) =>
        services.Screenshots.KeepAsync(session, turn.UserId, file.MediaType, file.Url, cancellationToken);

    /// <summary>Looks at what is stored: the end of the turn, or null while it goes on.</summary>
    private ValueTask<TurnEnd?> JudgeAsync(CancellationToken cancellationToken) => RetryAsync(JudgeOnceAsync, cancellationToken);

    private async ValueTask<TurnEnd?> JudgeOnceAsync(CancellationToken cancellationToken)
    {
        SessionView view = await SessionView.ReadAsync(Engine, session, TurnAnswer.Reach, cancellationToken);
        TurnAnswer? answer = TurnAnswer.Find(view, turn.Note.UserMessageId);
        if (view.Floor < turn.Sequence || answer is { IsRunning: true })
        {
            return null;
        }

        if (answer is null)
        {
            return view.IsBusy ? null : await EndAsync(messages: [], cancellationToken);
        }

        _open.Clear();
        foreach ((string messageId, ToolPart call) in answer.OpenCalls)
        {
            // What a saved rule allows the runtime has decided on before the boundary.
            PendingRequest request = await AskAsync(PendingRequest.Of(session, messageId, call), cancellationToken);
            _open[request.Id] = request;
            if (request.Answer is not null)
            {
                // Answered before the agent waited, or by a process that died before it told the agent.
                await services.Answers.HandOnAsync(session, request, cancellationToken);
            }
        }

        return _open.Count > 0 ? null : await EndAsync(answer.Messages, cancellationToken);
    }

    /// <summary>Asks while the agent is still at work on other calls, unless a saved rule lets the runtime go on.</summary>
    private async ValueTask<PendingRequest?> AskAtOnceAsync(string messageId, ToolPart call, CancellationToken cancellationToken) =>
        await services.Rules.AllowAsync(session.Environment, turn.UserId, call.ToolName, call.Input, cancellationToken)
            ? null
            : await AskAsync(PendingRequest.Of(session, messageId, call), cancellationToken);

    private async ValueTask<PendingRequest> AskAsync(PendingRequest request, CancellationToken cancellationToken)
    {
        request = await services.Requests.EnsureAsync(session, request, turn.Note.UserMessageId, cancellationToken);
        if (request.State == RequestState.Open && !_asked.Contains(request.Id))
        {
            await services.TouchAsync(session, turn, cancellationToken);
            _asked.Add(request.Id);
            await viewer.AskAsync(request);
        }

        return request;
    }

    private async ValueTask<TurnEnd?> LookAroundAsync(CancellationToken cancellationToken)
    {
        if (await Engine.FindAsync(session, cancellationToken) is not { } row)
        {
            return TurnEnd.Deleted;
        }

        if (_open.Count > 0)
        {
            await ExpireAsync(cancellationToken);
            return row.ClosedAt is not null ? await JudgeClosedAsync(cancellationToken)
                : row.IsHeld && _open.Keys.All(_expired.Contains) ? await EndHeldAsync(cancellationToken)
                : null;
        }

        if (row.IsAttendedAt(services.Time.GetUtcNow()))
        {
            return null;
        }

        // A run that was cancelled from outside leaves no boundary. Of one that has answered the boundary is stored by now, be it that it asks and is gone.
        return await JudgeAsync(cancellationToken) ?? (_open.Count > 0 ? null : await BreakOffAsync(Cancelled, cancellationToken));
    }

    private async ValueTask<TurnEnd> JudgeClosedAsync(CancellationToken cancellationToken)
    {
        foreach (PendingRequest request in _open.Values)
        {
            await services.Requests.TrySettleAsync(session, request, RequestState.Ended, new RequestAnswer(IsAllowed: false), cancellationToken);
        }

        return await BreakOffAsync(Closed, cancellationToken);
    }

    /// <summary>The end of a turn whose requests have had their time while a person holds the session: the agent goes on when that person gives it back.</summary>
    private async ValueTask<TurnEnd> EndHeldAsync(CancellationToken cancellationToken)
    {
        SessionView view = await SessionView.ReadAsync(Engine, session, TurnAnswer.Reach, cancellationToken);
        return await EndAsync(TurnAnswer.Find(view, turn.Note.UserMessageId)?.Messages ?? [], cancellationToken);
    }

    /// <summary>The end of a turn that no boundary ends, with what it got of its answer.</summary>
    private async ValueTask<TurnEnd> BreakOffAsync(string reason, CancellationToken cancellationToken)
    {
        SessionView view = await SessionView.ReadAsync(Engine, session, TurnAnswer.Reach, cancellationToken);
        return new TurnEnd(TurnNote.Failed, reason, TurnAnswer.Find(view, turn.Note.UserMessageId)?.Messages ?? []);
    }

    private async ValueTask ExpireAsync(CancellationToken cancellationToken)
    {
        long now = services.Time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (PendingRequest request in _open.Values.Where(request => request.ExpiresAt <= now).ToArray())
        {
            await services.Answers.ExpireAsync(session, request, cancellationToken);
            _open[request.Id] = request with { ExpiresAt = null };
            _expired.Add(request.Id);
        }
    }

    private async ValueTask<TurnEnd> EndAsync(IReadOnlyList<UIMessage> messages, CancellationToken cancellationToken)
    {
        var end = new TurnEnd(TurnNote.Complete, null, messages);
        IEnumerable<string> answered = (await services.Requests.ListAsync(session, cancellationToken))
            .Where(request => request.Turn == turn.Note.UserMessageId).Select(static request => request.Id);
        foreach (string name in answered.Prepend(turn.Note.UserMessageId))
        {
            if (await TurnReceipt.FindAsync(Engine.State, session.Environment, name, cancellationToken) is { } receipt)
            {
                end = end with
                {
                    Status = receipt.State == TurnState.Failed ? TurnNote.Failed : end.Status,
                    Error = receipt.State == TurnState.Failed ? receipt.Error : end.Error,
                    InputTokens = end.InputTokens + receipt.InputTokens,
                    OutputTokens = end.OutputTokens + receipt.OutputTokens,
                };
            }
        }

        return end;
    }

    private async ValueTask RenewAsync(CancellationToken cancellationToken)
    {
        if (services.Time.GetElapsedTime(_renewed) >= services.Turns.Renewal)
        {
            _renewed = services.Time.GetTimestamp();
            try
            {
                await services.Turns.RenewAsync(session, turn, cancellationToken);
            }
            catch (Exception exception) when (StoreFault.Is(exception))
            {
                // Several renewals fit into a lease, and who takes the turn over meanwhile comes to the same end.
            }
        }
    }

    private ValueTask<T> RetryAsync<T>(Func<CancellationToken, ValueTask<T>> step, CancellationToken cancellationToken) =>
        services.Retry.RunAsync(step, viewer, cancellationToken);
}
