using AgentSessions.Agents;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Storage;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Turns;

/// <summary>The steps of one turn up to its boundary, in the order of the lifecycle document, section 6.</summary>
/// <remarks>
/// <para>1 client data; 2 tools; 3 an action's own handling, or validation and merge of what came in; 4 nothing to answer; 5 the save at the
/// start; 6 the start hooks; 7 an upgrade asked for by now; 8 the agent's answer; 9 the answer joins the conversation; 10 deferred work;
/// 11 the last hook before the boundary.</para>
/// <para>Every call of an author's code goes through the turn's guard: when the runtime has stopped waiting for it, nothing after it runs.</para>
/// </remarks>
internal sealed class TurnPipeline(RunState run, Turn turn)
{
    private int _taken;

    private IAgentHooks Hooks => run.Hooks;

    private CancellationToken Ending => turn.Ending;

    public async Task<TurnOutcome> AnswerAsync()
    {
        if (turn.Record?.Fault is { } fault)
        {
            throw new AgentUserException(fault);
        }

        turn.ClientData = Hooks.Contexts.ParseClientData(turn.Record?.Metadata, run.Options.Json);
        turn.Context = Hooks.Contexts.Turn(turn, turn.ClientData);
        bool hasNews = await TakeInAsync();
        if (!hasNews)
        {
            return TurnOutcome.Empty;
        }

        await SaveStartAsync();
        if (!run.HasPast && !run.IsChatStarted)
        {
            run.IsChatStarted = true;
            await HookAsync(() => Hooks.OnChatStartAsync(turn.Context, Ending));
        }

        await HookAsync(() => Hooks.OnTurnStartAsync(turn.Context, Ending));
        if (run.RequestedUpgrade is not null)
        {
            return TurnOutcome.HandedOver;
        }

        await RunAgentAsync();
        TakeResponse();
        await run.Deferred.SettleAsync(run.Shared.Options.DeferLimit, run.Shared.Time, run.RunAborted);
        await HookAsync(() => Hooks.OnBeforeTurnCompleteAsync(Completed(), Ending));
        TakeResponse();
        return TurnOutcome.Answered;
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
            IsStopped = turn.IsInterrupted,
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
        turn.Response = AnswerCleaning.Clean(raw);
        run.Conversation.Put(turn.Response, final: !turn.IsInterrupted);
        turn.AddNew(raw.Id);
    }

    /// <summary>Folds in the message of a turn that failed before it could be taken in.</summary>
    public void TakeMessage()
    {
        if (turn.Record?.Message is { Role: UIMessageRole.User } message && run.Conversation.IndexOf(message.Id) < 0)
        {
            run.Conversation.Put(message);
            turn.AddNew(message.Id);
        }
    }

    private async Task<bool> TakeInAsync()
    {
        if (turn.Record is not { } record)
        {
            return true;
        }

        switch (record.Trigger)
        {
            case InputTrigger.Action:
                return await ActAsync(record);
            case InputTrigger.Regenerate:
                run.Conversation.TruncateTrailingAnswers();
                return run.Conversation.Count > 0;
            default:
                return await TakeMessagesAsync(record);
        }
    }

    private async Task<bool> ActAsync(InputRecord record)
    {
        if (record.Action is not { } json)
        {
            throw new AgentUserException("The action is empty.");
        }

        ActionContext action = Hooks.Contexts.Action(turn, json, run.Options.Json, turn.ClientData);
        ActionOutcome outcome = await HookAsync(() => Hooks.OnActionAsync(action, Ending));
        if (!outcome.Answers)
        {
            return false;
        }

        turn.Trigger = TurnTrigger.ActionTurn;
        if (outcome.Message is { } message)
        {
            turn.Message = message.Id.Length > 0 ? message : message with { Id = run.NewMessageId() };
            run.Conversation.Put(turn.Message);
            turn.AddNew(turn.Message.Id);
        }

        return true;
    }

    private async Task<bool> TakeMessagesAsync(InputRecord record)
    {
        if (record.Message is null)
        {
            return run.Conversation.Last is { Role: UIMessageRole.User };
        }

        IReadOnlyList<UIMessage> incoming = await HookAsync(() => Hooks.OnValidateMessagesAsync(turn.Context!, [record.Message], Ending));
        bool isNew = false;
        foreach (UIMessage message in incoming)
        {
            // A message that is known keeps its place and text; it may still be owed an answer, or not recorded as this turn's.
            if (run.Conversation.IndexOf(message.Id) < 0)
            {
                run.Conversation.Put(message);
                isNew = true;
            }

            turn.Message = message;
            turn.AddNew(message.Id);
        }

        return isNew || run.Conversation.Last is { Role: UIMessageRole.User };
    }

    private async Task SaveStartAsync()
    {
        TranscriptDelta? changes = run.Conversation.TakeChanges(run.Shared.Time.GetUtcNow().ToUnixTimeMilliseconds());
        if (changes is not null)
        {
            await run.Writer.RideAsync(new CommitRider { Transcript = changes });
        }
    }

    private async Task RunAgentAsync()
    {
        try
        {
            await HookAsync(() => Hooks.RunAsync(turn.Context!, Ending));
        }
        catch (OperationCanceledException) when (turn.IsStopped && !run.RunAborted.IsCancellationRequested)
        {
            // Expected after a stop: the turn completes with what was written.
            turn.IsInterrupted = true;
        }

        turn.Writer.Settle(turn.IsInterrupted);
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

        turn.Edits.Apply();
    }

    private async Task<T> HookAsync<T>(Func<Task<T>> hook)
    {
        T result = default!;
        await HookAsync(async () => { result = await hook(); });
        return result;
    }
}
