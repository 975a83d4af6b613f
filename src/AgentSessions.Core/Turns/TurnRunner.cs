using System.Diagnostics;
using AgentSessions.Agents;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Telemetry;
using AgentSessions.Core.Turns.Accounts;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Turns;

/// <summary>Runs one turn: the pipeline on the side, where it can be abandoned, then the boundary and what follows it.</summary>
internal sealed partial class TurnRunner(RunState run, ILogger logger)
{
    private const string GivenUp = "The message could not be answered.";

    public async Task<TurnOutcome> RunAsync(InputRecord record)
    {
        long started = run.Shared.Time.GetTimestamp();
        using var turn = new Turn(run, record, record.Trigger switch
        {
            InputTrigger.Action => TurnTrigger.Action,
            InputTrigger.Regenerate => TurnTrigger.RegenerateMessage,
            InputTrigger.HandoverPrepare => TurnTrigger.Handover,
            _ => TurnTrigger.SubmitMessage,
        })
        {
            Message = record.Message,
        };
        using Activity? activity = AgentTelemetry.StartTurn(
            run.AgentName, run.SessionId, run.RunId, turn.Number, turn.Trigger.WireName(), TraceContext.Of(record.TraceParent));
        TimeSpan? waited = Since(record);
        AgentMetrics.TurnStarted(run.AgentName, waited);
        activity?.SetTag(TelemetryNames.QueueWaitSeconds, waited?.TotalSeconds);
        var pipeline = new TurnPipeline(run, turn);
        run.Writer.BeginTurn(() => SaidFirst(record, activity));
        run.OnClosing = turn.RequestStop;
        run.Inbox.BeginTurn(record, turn.RequestStop);
        if (run.Options.Steering?.OnReceived is { } received)
        {
            run.Inbox.Observe(pending => Received(received, pending));
        }

        TurnOutcome outcome = TurnOutcome.Aborted;
        try
        {
            (outcome, Exception? error) = await AnswerAsync(turn, pipeline);
            run.Inbox.EndTurn();
            run.OnClosing = null;
            activity?.SetTag(TelemetryNames.Outcome, outcome.ToString());
            activity?.SetStatus(error is null ? ActivityStatusCode.Ok : ActivityStatusCode.Error);
            return await EndAsync(turn, pipeline, record, outcome, error, started);
        }
        finally
        {
            AgentMetrics.TurnEnded(run.AgentName, outcome.ToString(), run.Shared.Time.GetElapsedTime(started));
        }
    }

    private async Task<TurnOutcome> EndAsync(Turn turn, TurnPipeline pipeline, InputRecord record, TurnOutcome outcome, Exception? error, long started)
    {
        if (outcome is TurnOutcome.Aborted or TurnOutcome.HandedOver)
        {
            turn.Gate.Open();
            turn.Writer.Close();
            return outcome;
        }

        long boundary = await CompleteAsync(turn, pipeline, outcome, error, started);
        if (outcome is TurnOutcome.Answered or TurnOutcome.Failed)
        {
            run.Turns++;
            run.PreviousTurnUsage = turn.Usage;
            await OnCompletedAsync(turn, pipeline, error, boundary);
        }

        await run.Saves.SaveEndAsync(ReasonOf(record, outcome), boundary, run.Progress.ResumeFloor);

        run.Writer.EndTurn();
        return outcome;
    }

    private void SaidFirst(InputRecord record, Activity? activity)
    {
        if (Since(record) is { } since)
        {
            AgentMetrics.FirstChunk(run.AgentName, since);
            activity?.SetTag(TelemetryNames.FirstChunkSeconds, since.TotalSeconds);
        }
    }

    /// <summary>How long ago a message was appended; null for one that recovery made up. Zero when the clock was set back.</summary>
    private TimeSpan? Since(InputRecord record)
    {
        if (record.AppendedAt is not { } appended)
        {
            return null;
        }

        TimeSpan since = run.Shared.Time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(appended);
        return since > TimeSpan.Zero ? since : TimeSpan.Zero;
    }

    private static TranscriptSaveReason ReasonOf(InputRecord record, TurnOutcome outcome) => outcome switch
    {
        TurnOutcome.Failed => TranscriptSaveReason.TurnError,
        TurnOutcome.Empty when record.Trigger == InputTrigger.Action => TranscriptSaveReason.Action,
        _ => TranscriptSaveReason.TurnComplete,
    };

    /// <summary>Ends a message that killed its host too often, without calling the agent: an error, a boundary.</summary>
    public async Task GiveUpAsync(InputRecord record)
    {
        LogGivenUp(run.RunId, record.Sequence);
        using var turn = new Turn(run, record, TurnTrigger.SubmitMessage);
        var error = new AgentUserException(GivenUp);
        await CompleteAsync(turn, new TurnPipeline(run, turn), TurnOutcome.Failed, error, run.Shared.Time.GetTimestamp());
        run.Writer.EndTurn();
    }

    /// <summary>Lets the pipeline answer, but waits for its agent only so long once the turn was stopped or the run cut off.</summary>
    private async Task<(TurnOutcome Outcome, Exception? Error)> AnswerAsync(Turn turn, TurnPipeline pipeline)
    {
        var abandoned = new TaskCompletionSource();
        turn.Stopping += () => _ = AbandonLaterAsync(turn, abandoned, run.Options.StopGrace);
        using CancellationTokenRegistration registration = run.RunAborted.UnsafeRegister(
            _ => _ = AbandonLaterAsync(turn, abandoned, run.Shared.Options.AbortGrace), null);

        // On its own task, so that an agent that blocks its thread blocks nothing else of the run.
        Task<TurnOutcome> answer = run.Shared.Options.Scheduler.Run(pipeline.AnswerAsync);
        await Task.WhenAny(answer, abandoned.Task);
        if (!abandoned.TrySetResult())
        {
            LogAbandoned(run.RunId, turn.Number);
            turn.IsInterrupted = true;
            return (run.RunAborted.IsCancellationRequested ? TurnOutcome.Aborted : TurnOutcome.Abandoned, null);
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

            LogFailed(run.RunId, turn.Number, exception);
            return (TurnOutcome.Failed, exception);
        }
    }

    private void Received(Action<UIMessage> received, InputRecord pending)
    {
        try
        {
            if (Turn.IsPending(pending))
            {
                received(pending.Message!);
            }
        }
        catch (Exception exception)
        {
            LogHookFailed(run.RunId, nameof(SteeringOptions.OnReceived), exception);
        }
    }

    private async Task AbandonLaterAsync(Turn turn, TaskCompletionSource abandoned, TimeSpan grace)
    {
        await Task.Delay(grace, run.Shared.Time);
        while (!abandoned.Task.IsCompleted)
        {
            if (turn.Guard.TryAbandon())
            {
                abandoned.TrySetResult();
            }
            else
            {
                // The runtime's own code is running and will be done soon, or is about to call the agent's.
                await Task.Delay(TimeSpan.FromMilliseconds(50), run.Shared.Time);
            }
        }
    }

    private async Task<long> CompleteAsync(Turn turn, TurnPipeline pipeline, TurnOutcome outcome, Exception? error, long started)
    {
        string? errorText = error is null ? null : turn.ErrorText(error);
        if (errorText is not null)
        {
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

        run.Inbox.DropHandovers();
        (long floor, long applied) = run.Inbox.CursorsWhenDone();
        var progress = run.Progress with { ResumeFloor = floor, AppliedThrough = applied, Deaths = 0 };
        TranscriptDelta? changes = run.Saves.ForBoundary();
        IReadOnlyList<StatePut> states = [.. run.Journal.TakeEntries(), .. TurnReceipts.AtBoundary(turn, errorText ?? turn.Writer.ErrorText)];
        Func<long, StatePut> account = TurnAccounts.AtBoundary(turn, outcome, run.Shared.Time.GetElapsedTime(started));
        long boundary = await run.Writer.CompleteTurnAsync(
            BoundaryHeaders(floor, applied, error is null), run.Closing is null ? null : ClosedHeaders(run.Closing),
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

    private RecordHeader[] BoundaryHeaders(long floor, long applied, bool withToken)
    {
        var headers = new List<RecordHeader>(6) { new(ControlHeaders.Control, ControlHeaders.TurnComplete) };
        if (withToken && run.Shared.Tokens is { } tokens)
        {
            headers.Add(new RecordHeader(ControlHeaders.PublicAccessToken, tokens.Mint(run.Start.Session.Key, run.RunId)));
        }

        headers.Add(new RecordHeader(ControlHeaders.InEventId, floor.ToString()));
        headers.Add(new RecordHeader(ControlHeaders.InConsumedId, applied.ToString()));
        if (run.Closing is { } closing)
        {
            headers.Add(new RecordHeader(ControlHeaders.Closed, "true"));
            if (closing.Reason is not null)
            {
                headers.Add(new RecordHeader(ControlHeaders.ClosedReason, closing.Reason));
            }
        }

        return [.. headers];
    }

    private static RecordHeader[] ClosedHeaders(SessionClosing closing) => closing.Reason is null
        ? [new RecordHeader(ControlHeaders.Control, ControlHeaders.SessionClosed)]
        : [new RecordHeader(ControlHeaders.Control, ControlHeaders.SessionClosed), new RecordHeader(ControlHeaders.ClosedReason, closing.Reason)];

    private async Task OnCompletedAsync(Turn turn, TurnPipeline pipeline, Exception? error, long boundary)
    {
        bool wasClosing = run.Closing is not null;
        try
        {
            await run.Hooks.OnTurnCompleteAsync(pipeline.Completed(error, boundary), run.RunAborted);
            turn.ApplyEdits();
        }
        catch (Exception exception) when (!run.RunAborted.IsCancellationRequested)
        {
            // The turn is complete and its boundary written; there is nobody left to tell.
            turn.Edits.Discard();
            LogHookFailed(run.RunId, nameof(IAgentHooks.OnTurnCompleteAsync), exception);
        }

        if (!wasClosing && run.Closing is { } closing)
        {
            await run.Writer.WriteControlAsync(ClosedHeaders(closing));
        }
    }
}
