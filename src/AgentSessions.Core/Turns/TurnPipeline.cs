using AgentSessions.Agents;
using AgentSessions.Core.Attachments;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Turns.Responding;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Turns;

/// <summary>The steps of one turn up to its boundary, in the order of the lifecycle document, section 6.</summary>
/// <remarks>
/// <para>1 client data; 2 tools; 3 what came in; 4 the save at the start; 5 the start hooks; 6 an upgrade asked for by now; 7 background messages;
/// 8 the agent's answer; 9 the answer joins the conversation; 10 deferred work; 11 compaction; 12 the last hook before the boundary.</para>
/// <para>Every call of an author's code goes through the turn's guard: when the runtime has stopped waiting for it, nothing after it runs.</para>
/// </remarks>
internal sealed class TurnPipeline(RunState run, Turn turn)
{
    private int _taken;
    private int _rounds;
    private bool _isTakenIn;

    private IAgentHooks Hooks => run.Hooks;

    private CancellationToken Ending => turn.Ending;

    public async Task<TurnOutcome> AnswerAsync()
    {
        if (turn.Record?.Fault is { } fault)
        {
            throw new AgentUserException(fault);
        }

        await TurnReceipts.BeginAsync(turn);
        if (turn.Record is { IsDropped: true })
        {
            return TurnOutcome.Empty;
        }

        turn.ClientData = Hooks.Contexts.ParseClientData(turn.Record?.Metadata, run.Options.Json);
        turn.Context = Hooks.Contexts.Turn(turn, turn.ClientData);
        await turn.OpenBudgetAsync(run.RunAborted);
        TurnContextAccessor.Enter(turn.Context);
        TurnOutcome outcome = TurnOutcome.Answered;
        if (!await UnlessStoppedAsync(async () => outcome = await UpToAnswerAsync()))
        {
            turn.IsInterrupted = true;
            TakeMessage();
        }

        if (outcome == TurnOutcome.Answered)
        {
            // A stop that cuts this short finds an answer that is whole.
            await UnlessStoppedAsync(CompleteAsync);
        }

        return outcome;
    }

    /// <summary>What the completion hooks see.</summary>
    public TurnCompleted Completed(Exception? error = null, long? boundary = null) => Hooks.Contexts.Completed(
        turn,
        new TurnResult
        {
            NewMessages = turn.NewMessages,
            Response = turn.Response,
            RawResponse = turn.RawResponse,
            Usage = turn.Usage,
            FinishReason = error is null ? turn.FinishReason : UIFinishReason.Error,
            IsStopped = turn.IsInterrupted && error is null,
            Error = error,
            Boundary = boundary,
        },
        turn.ClientData);

    /// <summary>Folds what was written so far into the conversation.</summary>
    public void TakeResponse()
    {
        if (turn.Writer.Version == _taken || turn.Writer.Build() is not { } raw)
        {
            return;
        }

        _taken = turn.Writer.Version;
        turn.RawResponse = raw;
        UIMessage clean = turn.IsInterrupted ? UIMessageClean.Clean(raw) : UIMessageClean.CloseText(raw);
        if (!UIMessageClean.HasContent(clean))
        {
            return;
        }

        turn.Response = clean;
        run.Conversation.Put(clean, final: !turn.IsInterrupted);
        turn.AddNew(clean.Id);
        turn.ForgetMessages();
    }

    /// <summary>Folds in the message of a turn that failed or was stopped before it could be taken in.</summary>
    public void TakeMessage()
    {
        if (!_isTakenIn && turn.Record?.Message is { Role: UIMessageRole.User } message && run.Conversation.IndexOf(message.Id) < 0)
        {
            run.Conversation.Put(UIMessageClean.CleanIncoming(message));
            turn.AddNew(message.Id);
        }
    }

    /// <summary>Takes steps that a stop may cut short. The exception that follows a stop is expected: the turn completes with what was written.</summary>
    /// <returns>False if one did.</returns>
    /// <exception cref="BudgetExceededException">The budget that cut them short.</exception>
    private async Task<bool> UnlessStoppedAsync(Func<Task> steps)
    {
        try
        {
            await steps();
            return true;
        }
        catch (OperationCanceledException) when (turn.IsStopped && !run.RunAborted.IsCancellationRequested)
        {
            return false;
        }
        catch (OperationCanceledException) when (turn.Exceeded is not null && !run.RunAborted.IsCancellationRequested)
        {
            throw turn.Exceeded;
        }
    }

    private async Task<TurnOutcome> UpToAnswerAsync()
    {
        await HookAsync(async () => turn.Declare(new ToolSet([.. await Hooks.GetToolsAsync(turn.Context!, Ending), .. run.Options.Skills.Tools])));
        if (!await new TurnIntake(run, turn, HookAsync).TakeInAsync())
        {
            return TurnOutcome.Empty;
        }

        _isTakenIn = true;
        if (run.RequestedUpgrade is not null)
        {
            return TurnOutcome.HandedOver;
        }

        await run.Attachments.LoadAsync(run.Conversation.TakeFiles(AttachmentAddress.Scheme), Ending);

        // What a hook looked at so far had neither the message nor its files.
        turn.ForgetMessages();
        await run.Saves.SaveStartAsync(turn.Gate);
        if (!run.HasPast && !run.IsChatStarted)
        {
            run.IsChatStarted = true;
            await HookAsync(() => Hooks.OnChatStartAsync(turn.Context!, Ending));
        }

        await HookAsync(() => Hooks.OnTurnStartAsync(turn.Context!, Ending));
        await FollowPinAsync();
        if (run.RequestedUpgrade is not null)
        {
            return TurnOutcome.HandedOver;
        }

        if (turn.Prefilled is { } answer)
        {
            TakePrefilled(answer);
        }
        else
        {
            DeliverInjected();
            await RunAgentAsync();
        }

        return TurnOutcome.Answered;
    }

    /// <summary>Hands over if the session was locked to another version meanwhile.</summary>
    private async Task FollowPinAsync()
    {
        if (run.AgentVersion is { } version && run.Options is { Version: not null, VersionPolicy: VersionPolicy.Follow }
            && await run.Reads.ReadAsync(() => run.Shared.Store.LoadAsync(run.Start.Session.Key, Ending), Ending) is { } head
            && SessionPin.Of(head.Row) is { } pin && pin != version)
        {
            run.RequestUpgrade(pin);
        }
    }

    private void TakePrefilled(UIMessage answer)
    {
        turn.Response = turn.RawResponse = answer;
        turn.FinishReason = UIFinishReason.Stop;
        run.Conversation.Put(answer);
        turn.AddNew(answer.Id);
    }

    /// <summary>Messages injected since the last turn join the conversation, unless it ends on tool results: then the first step boundary takes them.</summary>
    private void DeliverInjected()
    {
        if (!turn.Writer.IsContinued)
        {
            run.Lane.Inject(run.Undelivered.Take(system: false));
            turn.ForgetMessages();
        }
    }

    private async Task RunAgentAsync()
    {
        if (Hooks.PreparesMessages)
        {
            IReadOnlyList<ChatMessage> prepared = await HookAsync(
                () => Hooks.PrepareMessagesAsync(turn.Context!, turn.Messages, PrepareReason.Run, Ending));
            turn.SetMessages(prepared);
        }

        do
        {
            if (!await UnlessStoppedAsync(() => HookAsync(() => Hooks.RunAsync(turn.Context!, Ending))))
            {
                turn.IsInterrupted = true;
            }

            if (turn.Exceeded is { } exceeded)
            {
                // The agent took no notice.
                throw exceeded;
            }

            turn.Writer.Settle(turn.IsInterrupted);
        }
        while (await DecideAsync());
    }

    /// <summary>Settles the open calls that nobody has to be asked about.</summary>
    /// <returns>Whether the agent can go on with its answer.</returns>
    private async Task<bool> DecideAsync()
    {
        // An agent that calls its model by itself has a step in each round too.
        int steps = Math.Max(turn.Steps, ++_rounds);
        if (steps >= run.Options.MaxSteps || turn.IsInterrupted || turn.IsStopped || turn.Writer.Build() is not { } answer)
        {
            return false;
        }

        TurnAttendance attendance = turn.Record?.Terms?.Attendance ?? TurnAttendance.Full;
        UIMessage decided = await OpenDecisions.DecideAsync(answer, run, attendance, run.RunAborted);
        if (ReferenceEquals(decided, answer))
        {
            return false;
        }

        turn.Resume(decided);
        _taken = -1;
        if (await TellDeclinedAsync(answer, decided))
        {
            turn.Writer.FinishStep();
        }

        return OpenCalls.IsReady(decided);
    }

    /// <summary>Readers learn of a declined question; of an approval the agent tells them itself.</summary>
    private async Task<bool> TellDeclinedAsync(UIMessage answer, UIMessage decided)
    {
        ToolPart[] declined = [.. decided.Tools.Except(answer.Tools).Where(static call => call.State == ToolPartState.OutputError)];
        foreach (ToolPart call in declined)
        {
            await turn.Writer.WriteAsync(new ToolOutputErrorChunk(call.ToolCallId, call.ErrorText!), run.RunAborted);
        }

        return declined.Length > 0;
    }

    private async Task CompleteAsync()
    {
        TakeResponse();
        await run.SettleDeferredAsync();
        await HookAsync(() => turn.Compactor.AfterTurnAsync(turn.Tools, run.RunAborted));
        await HookAsync(() => Hooks.OnBeforeTurnCompleteAsync(Completed(), Ending));
        TakeResponse();
    }

    private async Task HookAsync(Func<Task> hook)
    {
        try
        {
            await turn.Guard.CallAsync(hook);
        }
        catch
        {
            turn.Edits.Discard();
            throw;
        }

        turn.ApplyEdits();
    }

    private async Task<T> HookAsync<T>(Func<Task<T>> hook)
    {
        T result = default!;
        await HookAsync(async () => { result = await hook(); });
        return result;
    }
}
