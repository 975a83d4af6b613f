using AgentSessions.Agents;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Telemetry;
using AgentSessions.Core.Turns.Responding;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Turns;

/// <summary>Runs one turn: the pipeline on the side, where it can be abandoned, then the boundary and what follows it.</summary>
internal sealed partial class TurnRunner(RunState run, ILogger logger)
{
    private const string GivenUp = "The message could not be answered.";

    private (long Second, string Text) _token = (-1, "");

    public async Task<TurnOutcome> RunAsync(InputRecord record)
    {
        using Turn turn = Open(record);
        var pipeline = new TurnPipeline(run, turn);
        if (run.Options.Steering?.OnReceived is { } received)
        {
            run.Inbox.Observe(pending => Received(received, pending));
        }

        (TurnOutcome outcome, Exception? error) = await AnswerAsync(turn, pipeline);
        run.Inbox.EndTurn();
        run.PassedOnBudgets = [];
        run.Unfinished = null;
        run.OnClosing = null;
        turn.Measure?.Answered(outcome, error);
        return await EndAsync(turn, pipeline, record, outcome, error);
    }

    /// <summary>Opens a turn: from here on a stop reaches it, and silence is answered with keep-alive records.</summary>
    public Turn Open(InputRecord record)
    {
        var turn = new Turn(run, record, record.Trigger switch
        {
            InputTrigger.Action => TurnTrigger.Action,
            InputTrigger.Regenerate => TurnTrigger.RegenerateMessage,
            InputTrigger.HandoverPrepare => TurnTrigger.Handover,
            _ => TurnTrigger.SubmitMessage,
        })
        {
            Message = record.Message,
        };
        run.Deferred.Leave();
        turn.Measure = new TurnMeasure(run, turn, record);
        run.Writer.BeginTurn(turn.Measure.SaidFirst);
        run.OnClosing = turn.RequestStop;
        run.Inbox.BeginTurn(record, turn.RequestStop);
        return turn;
    }

    /// <summary>Completes a turn that its author drove.</summary>
    public async Task FinishAsync(Turn turn, Exception? error)
    {
        TurnOutcome outcome = error is null ? TurnOutcome.Answered : TurnOutcome.Failed;
        turn.Measure?.Answered(outcome, error);
        run.Inbox.EndTurn();
        run.PassedOnBudgets = [];
        run.OnClosing = null;
        long boundary = await CompleteAsync(turn, new TurnPipeline(run, turn), outcome, error);
        run.Turns++;
        run.PreviousTurnUsage = turn.Usage;
        await run.Saves.SaveEndAsync(error is null ? TranscriptSaveReason.TurnComplete : TranscriptSaveReason.TurnError, boundary, run.Progress.ResumeFloor);
        run.EndTurn();
        run.Shared.Observer?.TurnEnded(run.Start, outcome, run.Progress.ResumeFloor);
    }

    /// <summary>Ends a message that killed its host too often, without calling the agent: an error, a boundary.</summary>
    public async Task GiveUpAsync(InputRecord record)
    {
        LogGivenUp(run.RunId, record.Sequence);
        using var turn = new Turn(run, record, TurnTrigger.SubmitMessage);
        GiveUpCalls(record);
        long boundary = await CompleteAsync(turn, new TurnPipeline(run, turn), TurnOutcome.Failed, new AgentUserException(GivenUp));
        if (run.TranscriptStore is not null)
        {
            // There may be no later turn to save it.
            await run.Saves.SaveEndAsync(TranscriptSaveReason.TurnError, boundary, run.Progress.ResumeFloor);
        }

        run.EndTurn();
    }

    /// <summary>Ends a message or handover that was stopped while its run began, without calling the agent: a boundary.</summary>
    /// <param name="record">The message, or the handover: what another process said is kept then.</param>
    /// <param name="partial">What a dead run had said to it, which it keeps; null if nothing.</param>
    public async Task StopAsync(InputRecord record, UIMessage? partial)
    {
        using var turn = new Turn(run, record, TurnTrigger.SubmitMessage) { IsInterrupted = true };
        var pipeline = new TurnPipeline(run, turn);
        pipeline.TakeMessage();
        partial ??= record.Route == InputRoute.Handover ? TakeHandedOver(turn, record) : null;
        if (partial is not null)
        {
            PartialAnswer.Close(run.Writer);
        }

        if (partial is not null && PartialAnswer.SaysSomething(partial))
        {
            run.Conversation.Put(partial, final: false);
            turn.AddNew(partial.Id);
        }

        long boundary = await CompleteAsync(turn, pipeline, TurnOutcome.Abandoned, error: null);
        await run.Saves.SaveEndAsync(TranscriptSaveReason.TurnComplete, boundary, run.Progress.ResumeFloor);
        run.EndTurn();
    }

    /// <summary>What another process answered; the conversation it was given joins the run's.</summary>
    private UIMessage TakeHandedOver(Turn turn, InputRecord record)
    {
        foreach (UIMessage message in run.HeadStartMessages())
        {
            run.Conversation.Put(message);
            turn.AddNew(message.Id);
        }

        return UIMessageClean.Clean(HandedOverStep.Read(record.Payload, run.NewMessageId()).Message);
    }

    /// <summary>The calls that a message approves have had their answer, and fail with it: the same answer, sent again, runs none of them.</summary>
    private void GiveUpCalls(InputRecord record)
    {
        if (record.Message is not { Role: UIMessageRole.Assistant } message
            || UIMessageMerge.Merge(run.Conversation, UIMessageClean.CleanIncoming(message)) is not { Kind: UIMessageMergeKind.Merged or UIMessageMergeKind.Unchanged, Message: { } answered })
        {
            return;
        }

        run.Conversation.Put(answered with
        {
            Parts = [.. answered.Parts.Select(part => part is ToolPart { State: ToolPartState.ApprovalResponded } call && message.Tools.Any(tool => tool.ToolCallId == call.ToolCallId)
                ? call.Approval is { Approved: true } ? call with { State = ToolPartState.OutputError, ErrorText = GivenUp } : call with { State = ToolPartState.OutputDenied }
                : part)],
        });
    }

    private static TranscriptSaveReason ReasonOf(InputRecord record, TurnOutcome outcome) => outcome switch
    {
        TurnOutcome.Failed => TranscriptSaveReason.TurnError,
        TurnOutcome.Empty when record.Trigger == InputTrigger.Action => TranscriptSaveReason.Action,
        _ => TranscriptSaveReason.TurnComplete,
    };

    private async Task<TurnOutcome> EndAsync(Turn turn, TurnPipeline pipeline, InputRecord record, TurnOutcome outcome, Exception? error)
    {
        if (outcome is TurnOutcome.Aborted or TurnOutcome.HandedOver)
        {
            turn.Gate.Open();
            turn.Writer.Close();
            return outcome;
        }

        long boundary = await CompleteAsync(turn, pipeline, outcome, error);
        if (outcome is TurnOutcome.Answered or TurnOutcome.Failed)
        {
            run.Turns++;
            run.PreviousTurnUsage = turn.Usage;
            outcome = await OnCompletedAsync(turn, pipeline, error, boundary) ? outcome : TurnOutcome.Abandoned;
        }

        await run.Saves.SaveEndAsync(ReasonOf(record, outcome), boundary, run.Progress.ResumeFloor);

        run.EndTurn();
        return outcome;
    }

    /// <summary>Lets the pipeline answer, but waits for its agent only so long once the turn was stopped or the run cut off.</summary>
    private async Task<(TurnOutcome Outcome, Exception? Error)> AnswerAsync(Turn turn, TurnPipeline pipeline)
    {
        var patience = new AgentPatience(run, turn.Guard);
        turn.Stopping += () => patience.Limit(run.Options.StopGrace);
        if (turn.IsStopped)
        {
            patience.Limit(run.Options.StopGrace);
        }

        if (await patience.WaitAsync(pipeline.AnswerAsync) is not { } answer)
        {
            LogAbandoned(run.RunId, turn.Number);
            turn.IsInterrupted = true;
            if (run.RunAborted.IsCancellationRequested)
            {
                return (TurnOutcome.Aborted, turn.Exceeded);
            }

            pipeline.TakeMessage();
            return (TurnOutcome.Abandoned, turn.Exceeded);
        }

        try
        {
            return (await answer, null);
        }
        catch (LostClaimException)
        {
            throw;
        }
        catch (Exception exception)
        {
            if (run.RunAborted.IsCancellationRequested)
            {
                return (TurnOutcome.Aborted, null);
            }

            if (exception is AgentUserException shown)
            {
                LogRefused(run.RunId, run.Start.Run.Agent, run.Start.Session.Id, turn.Number, shown.Kind());
            }
            else
            {
                LogFailed(run.RunId, run.Start.Run.Agent, run.Start.Session.Id, turn.Number, exception);
            }

            return (TurnOutcome.Failed, exception);
        }
    }

    private void Received(Action<UIMessage> received, InputRecord pending)
    {
        try
        {
            if (Turn.IsPending(pending))
            {
                received(UIMessageClean.CleanIncoming(pending.Message!));
            }
        }
        catch (Exception exception)
        {
            LogHookFailed(run.RunId, nameof(SteeringOptions.OnReceived), exception);
        }
    }

    private async Task<long> CompleteAsync(Turn turn, TurnPipeline pipeline, TurnOutcome outcome, Exception? error)
    {
        string? errorText = error is null ? null : turn.ErrorText(error);
        OpenCalls.EndDecided(turn);
        if (errorText is not null)
        {
            turn.Writer.Explain(error!);
            turn.Writer.Fail(errorText);
            pipeline.TakeMessage();
            turn.IsInterrupted = true;
        }
        else
        {
            turn.FinishReason ??= UIFinishReason.Stop;
            turn.Writer.Finish(turn.FinishReason, turn.IsInterrupted);
        }

        turn.Gate.Open();
        turn.Writer.Close();
        if (outcome != TurnOutcome.Empty)
        {
            pipeline.TakeResponse();
        }

        string? shownError = errorText ?? turn.Writer.ErrorText;

        // What an agent that was left behind had taken.
        turn.PutBack();
        run.Inbox.DropHandovers();
        (long floor, long applied) = run.Inbox.CursorsWhenDone();
        var progress = run.Progress with { ResumeFloor = floor, AppliedThrough = applied, Deaths = 0 };
        TranscriptDelta? changes = run.Saves.ForBoundary();
        if (turn.Budget is { } budget)
        {
            await budget.CloseAsync();
        }

        IReadOnlyList<StatePut> states =
        [
            .. run.Journal.TakeEntries(), .. turn.Budget?.Removal ?? [], .. TurnReceipts.AtBoundary(turn, shownError),
        ];
        Func<long, StatePut> account = TurnAccounts.AtBoundary(turn, outcome, shownError, turn.Measure?.Elapsed ?? TimeSpan.Zero);
        long boundary = await run.Writer.CompleteTurnAsync(
            BoundaryHeaders(floor, applied, error is null), run.Closing?.OwnRecord,
            sequence => new CommitRider
            {
                Progress = progress with { LastBoundary = sequence },
                Transcript = changes is null ? null : changes with { LastOutSequence = sequence, LastInSequence = floor },
                States = [.. states, account(sequence), .. TurnEvents.AtBoundary(run, turn, outcome, sequence)],
            });
        run.Progress = progress with { LastBoundary = boundary };
        run.Inbox.Complete();
        return boundary;
    }

    /// <summary>A token of this second. It says its time in seconds, so that those of one second are alike, and one is signed.</summary>
    private string Token(ISessionTokens tokens)
    {
        long second = run.Shared.Time.GetUtcNow().ToUnixTimeSeconds();
        if (_token.Second != second)
        {
            _token = (second, tokens.Mint(run.Start.Session.Key, run.RunId));
        }

        return _token.Text;
    }

    private RecordHeader[] BoundaryHeaders(long floor, long applied, bool withToken)
    {
        var headers = new List<RecordHeader>(6) { new(ControlHeaders.Control, ControlHeaders.TurnComplete) };
        if (withToken && run.Shared.Tokens is { } tokens)
        {
            headers.Add(new RecordHeader(ControlHeaders.PublicAccessToken, Token(tokens)));
        }

        headers.Add(new RecordHeader(ControlHeaders.InEventId, floor.ToString()));
        headers.Add(new RecordHeader(ControlHeaders.InConsumedId, applied.ToString()));
        if (run.Closing is { } closing)
        {
            headers.AddRange(closing.OnBoundary);
        }

        return [.. headers];
    }

    /// <returns>False if the last hook did not come back and the run went on without it.</returns>
    private async Task<bool> OnCompletedAsync(Turn turn, TurnPipeline pipeline, Exception? error, long boundary)
    {
        bool wasClosing = run.Closing is not null;
        var patience = new AgentPatience(run, turn.Guard);
        run.Inbox.BeginLastHook(turn.Record, () => patience.Limit(run.Options.StopGrace));
        if (await patience.WaitAsync(() => CallLastHookAsync(turn, pipeline.Completed(error, boundary))) is not { } called)
        {
            LogAbandoned(run.RunId, turn.Number);
            return false;
        }

        run.Inbox.EndTurn();
        await called;
        if (!wasClosing && run.Closing is { } closing)
        {
            await run.Writer.WriteControlAsync(closing.OwnRecord);
        }

        return true;
    }

    private async Task<bool> CallLastHookAsync(Turn turn, TurnCompleted completed)
    {
        try
        {
            await turn.Guard.CallAsync(() => run.Hooks.OnTurnCompleteAsync(completed, run.RunAborted));
            turn.ApplyEdits();
        }
        catch (TurnAbandonedException)
        {
            return false;
        }
        catch (Exception exception) when (!run.RunAborted.IsCancellationRequested)
        {
            // The turn is complete and its boundary written; there is nobody left to tell.
            turn.Edits.Discard();
            LogHookFailed(run.RunId, nameof(IAgentHooks.OnTurnCompleteAsync), exception);
        }

        return true;
    }
}
