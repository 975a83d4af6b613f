using System.Text.Json;
using AgentSessions.Agents;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Core.Turns.Responding;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Turns;

/// <summary>Takes what came in for a turn into the conversation, and says whether there is anything to answer.</summary>
/// <param name="run">The run.</param>
/// <param name="turn">The turn.</param>
/// <param name="hook">Calls an author's code and applies its edits.</param>
internal sealed class TurnIntake(RunState run, Turn turn, Func<Func<Task>, Task> hook)
{
    private JsonElement? _input;

    private IAgentHooks Hooks => run.Hooks;

    /// <returns>False if there is nothing to answer.</returns>
    public async Task<bool> TakeInAsync()
    {
        if (turn.Record is not { } record)
        {
            return true;
        }

        switch (record.Trigger)
        {
            case InputTrigger.HandoverPrepare:
                TakeHandover(record);
                return true;
            case InputTrigger.Action or InputTrigger.Regenerate when run.TakeUnfinished() is { } unfinished:
                // What the dead turn changed before it began to answer was saved with its first words.
                Recover(unfinished);
                return true;
            case InputTrigger.Action when run.Lane.State.AppliedInput == record.Sequence:
                turn.Trigger = TurnTrigger.ActionTurn;
                return true;
            case InputTrigger.Action:
                return await ActAsync(record);
            case InputTrigger.Regenerate:
                await LoadContextAsync([]);
                run.Conversation.TruncateTrailingAnswers();
                run.Lane.Truncated();
                return run.Conversation.Count > 0;
            default:
                return await TakeMessagesAsync(record);
        }
    }

    /// <summary>Takes over what another process answered: the conversation it was given, and the first step.</summary>
    private void TakeHandover(InputRecord record)
    {
        var handed = HandedOverStep.Read(record.Payload, turn.Writer.MessageId);
        foreach (UIMessage message in run.HeadStartMessages())
        {
            run.Conversation.Put(message);
        }

        turn.Message = run.Conversation.LastOrDefault(static message => message.Role == UIMessageRole.User);
        if (turn.Message is { } question)
        {
            turn.AddNew(question.Id);
        }

        if (handed.IsFinal)
        {
            turn.Prefilled = UIMessageClean.CloseText(handed.Message);
        }
        else if (handed.After(run.HandedPartial, run.Journal.WasInterrupted) is { } begun)
        {
            // A run that died had begun with the calls. What it did stands, and the same message goes on.
            PartialAnswer.Close(run.Writer);
            turn.Writer = TurnOutputWriter.Resume(run.Writer, begun);
            turn.IsRecovered = true;
        }
        else
        {
            turn.Writer = new TurnOutputWriter(run.Writer, handed.Message.Id, handed.Message, startIsElsewhere: true);
            turn.IsHandedOver = true;
        }
    }

    private async Task<bool> ActAsync(InputRecord record)
    {
        if (record.Action is not { } json)
        {
            throw new AgentUserException("The action is empty.");
        }

        await LoadContextAsync([]);
        ActionContext action = Hooks.Contexts.Action(turn, json, run.Options.Json, turn.ClientData);
        ActionOutcome outcome = ActionOutcome.Edited;
        await hook(async () => { outcome = await Hooks.OnActionAsync(action, turn.Ending); });
        if (!outcome.Answers)
        {
            return false;
        }

        turn.Trigger = TurnTrigger.ActionTurn;

        // The action is not called again after a crash, so what it did to the agent's values is saved with its edits.
        run.KeepValues();
        run.Lane.Change(run.Lane.State with { AppliedInput = record.Sequence });
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
            return run.Conversation.Last is { } last && AwaitsAnswer(last);
        }

        run.Options.UIMessages.Check(record.Message);
        IReadOnlyList<UIMessage> incoming = [UIMessageClean.CleanIncoming(record.Message)];
        await hook(async () => { incoming = await Hooks.OnValidateMessagesAsync(turn.Context!, incoming, turn.Ending); });
        if (run.RequestedUpgrade is not null)
        {
            return true;
        }

        bool isLoaded = await LoadContextAsync(incoming);
        await turn.TakePrefaceAsync();
        await turn.ReadGuidanceAsync();
        if (record.Terms?.Input is { } input)
        {
            _input = await TurnInput.FindAsync(run.Shared.State, run.Start.Session.Key, input, turn.Ending);
        }

        bool isNew = false;
        foreach (UIMessage message in incoming)
        {
            isNew |= Merge(message, isLoaded);
        }

        if (run.TakeUnfinished() is { } unfinished)
        {
            Recover(unfinished);
            return true;
        }

        if (record.Terms is { IsUnanswered: true })
        {
            return false;
        }

        if (turn.Writer.IsContinued)
        {
            return OpenCalls.IsReady(run.Conversation.Find(turn.Writer.MessageId)!);
        }

        return isNew || (run.Conversation.Last is { } newest && AwaitsAnswer(newest));
    }

    /// <summary>Takes one message in: appends it, or lays the answers it brings over the calls they belong to.</summary>
    /// <returns>Whether it said anything new.</returns>
    private bool Merge(UIMessage message, bool isLoaded)
    {
        if (IsForUnfinished(message))
        {
            LayOverUnfinished(message);
            return false;
        }

        int place = run.Conversation.IndexOf(message.Id);
        if (message.Role == UIMessageRole.User)
        {
            turn.Message = message;
            turn.AddNew(message.Id);
            if (place < 0 && !isLoaded)
            {
                WithdrawApprovals();
                run.Conversation.Put(message);
            }

            return place < 0;
        }

        UIMessageMergeResult result = UIMessageMerge.Merge(place < 0 ? run.Conversation : [run.Conversation[place]], message);
        result.ThrowIfRefused();
        switch (result.Kind)
        {
            case UIMessageMergeKind.Appended:
                run.Conversation.Put(result.Message!);
                turn.AddNew(result.Message!.Id);
                return true;
            case UIMessageMergeKind.Merged:
                UIMessage merged = Settle(result);
                run.Conversation.Put(merged);
                turn.AddNew(merged.Id);
                Continue(merged);
                return true;
            default:
                // The answer was taken in before, by a turn that did not come to its end.
                if (result.Message is { Role: UIMessageRole.Assistant } known && AwaitsAnswer(known))
                {
                    turn.AddNew(known.Id);
                    Continue(known);
                }

                return false;
        }
    }

    private bool IsForUnfinished(UIMessage message) =>
        message.Role == UIMessageRole.Assistant && run.Unfinished is { } unfinished
        && (message.Id == unfinished.Id || message.Tools.Any(call => unfinished.Tools.Any(left => left.ToolCallId == call.ToolCallId)));

    /// <summary>The dead turn took these answers in, and what became of them since stands. Only what it could not save is new.</summary>
    private void LayOverUnfinished(UIMessage message)
    {
        UIMessageMergeResult result = UIMessageMerge.Merge([run.Unfinished!], message);
        if (result.Kind == UIMessageMergeKind.Merged)
        {
            run.Unfinished = Settle(result);
        }
    }

    /// <summary>Lays what the server decided over the calls that were answered.</summary>
    private UIMessage Settle(UIMessageMergeResult result) => result.Message! with
    {
        Parts = [.. result.Message.Parts.Select(part => part is ToolPart { State: ToolPartState.ApprovalResponded } call && result.AdvancedCalls.Contains(call.ToolCallId)
            ? Settle(call)
            : part)],
    };

    private ToolPart Settle(ToolPart call) => call.Approval switch
    {
        { Approved: true } when _input is { } input => call with { Input = input },
        { Approved: false } when turn.Record is { Terms.IsUnanswered: true } => call with { State = ToolPartState.OutputDenied },
        _ => call,
    };

    /// <summary>Whoever asks anew instead of approving what is open has said no to it.</summary>
    private void WithdrawApprovals()
    {
        if (turn.Record?.Terms is { Attendance: not TurnAttendance.Full } && run.Conversation.Last is { Role: UIMessageRole.Assistant } last)
        {
            run.Conversation.Put(OpenDecisions.Withdraw(last));
        }
    }

    private void Recover(UIMessage unfinished)
    {
        Continue(unfinished);
        turn.IsRecovered = true;
    }

    private void Continue(UIMessage message) =>
        turn.Writer = new TurnOutputWriter(run.Writer, message.Id, message);

    /// <summary>Lets the application replace the conversation by its own.</summary>
    /// <returns>Whether it did.</returns>
    private async Task<bool> LoadContextAsync(IReadOnlyList<UIMessage> incoming)
    {
        IReadOnlyList<UIMessage>? loaded = null;
        await hook(async () => { loaded = await Hooks.LoadContextAsync(turn.Context!, incoming, run.Conversation, turn.Ending); });
        if (loaded is null)
        {
            return false;
        }

        run.Conversation.Replace(loaded);
        run.Lane.Rebuild();
        return true;
    }

    private static bool AwaitsAnswer(UIMessage last) =>
        last.Role == UIMessageRole.User || (last.Role == UIMessageRole.Assistant && OpenCalls.AwaitsModel(last) && OpenCalls.IsReady(last));
}
