using System.Text.Json;
using AgentSessions.Agents;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Turns;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Runs.Hosting;

/// <summary>Decides what becomes of an answer that a dead run left in the middle (lifecycle, section 12).</summary>
/// <remarks>
/// <para>One unanswered message: the partial answer is dropped and the question answered afresh. Several: the first keeps the partial answer as
/// its own, the rest become turns; but one whose answer had said nothing yet is answered afresh too, and so are one that was promised a turn of its
/// own and a turn that was no user message's. None: the conversation goes on as it was saved.</para>
/// <para>A run that goes on so may die too. Then the first message has what it got, and the rule holds for those behind it.</para>
/// <para>If the dead turn had begun a tool call with effects, the partial answer is kept and gone on with instead: nothing that had effects happens
/// twice.</para>
/// </remarks>
internal sealed partial class Recovery(RunState run, TurnGuard guard, JsonElement? metadata, ILogger logger)
{
    /// <summary>Asks the agent, and does what it or the rule says.</summary>
    /// <returns>What the agent says, or null. Its work before the turns is still to be done.</returns>
    public async Task<RecoveryPlan?> RecoverAsync(
        UIMessage partial, OutReplayResult replayed, InputRecord[] inFlight, CancellationToken cancellationToken)
    {
        RecoveryPlan? plan = await AskAsync(partial, replayed, inFlight, cancellationToken);
        if (plan is null && replayed.RawPartial is { } raw && raw.Tools.Any(tool => run.Journal.WasInterrupted(tool.ToolCallId)))
        {
            run.Unfinished = PartialAnswer.UpToItsCalls(raw);
            run.Conversation.Put(run.Unfinished, final: false);
        }
        else
        {
            PartialAnswer.Close(run.Writer);
            Apply(plan, partial, inFlight);
        }

        return plan;
    }

    /// <summary>Takes off the messages that a recovery before this one let keep a partial answer: a turn of one behind them was begun since.</summary>
    /// <returns>The ids of the partial answers, in order.</returns>
    public static IEnumerable<string> TakeSettled(RunState run)
    {
        InputRecord[] inFlight = InFlight(run);
        for (int i = 0; i + 1 < inFlight.Length; i++)
        {
            int place = run.Conversation.IndexOf(inFlight[i].Message!.Id);
            if (place < 0 || !run.Conversation.IsPartialAt(place + 1) || run.Conversation.IndexOf(inFlight[i + 1].Message!.Id) < place)
            {
                yield break;
            }

            run.Inbox.TryTake(inFlight[i]);
            yield return run.Conversation[place + 1].Id;
        }
    }

    /// <summary>The users' messages that are owed.</summary>
    public static InputRecord[] InFlight(RunState run) => [.. run.Inbox.Peek().Where(static record =>
        record is { Route: InputRoute.Message, Trigger: InputTrigger.Submit, Fault: null, Message.Role: UIMessageRole.User })];

    private async Task<RecoveryPlan?> AskAsync(
        UIMessage partial, OutReplayResult replayed, InputRecord[] inFlight, CancellationToken cancellationToken)
    {
        var facts = new RecoveryFacts([.. run.Conversation], [.. inFlight.Select(static record => record.Message!)], partial, replayed.PendingToolCalls);
        try
        {
            RecoveryContext context = run.Hooks.Contexts.Recovery(run, facts, new BootOutput(run.Writer), metadata, run.Options.Json);
            return await guard.CallAsync(() => run.Hooks.OnRecoveryAsync(context, cancellationToken));
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogHookFailed(run.RunId, exception);
            return null;
        }
    }

    private void Apply(RecoveryPlan? plan, UIMessage partial, InputRecord[] inFlight)
    {
        if (plan?.Messages is { } chain)
        {
            run.Conversation.Replace(chain);
            run.Lane.Rebuild();
        }
        else if (plan?.Redispatch is null && PartialAnswer.SaysSomething(partial) && inFlight is [{ Terms: null or { IsApart: false } }, _, ..] && IsNext(inFlight[0]))
        {
            Splice(inFlight[0], partial);
        }

        if (plan?.Redispatch is { } list)
        {
            run.Inbox.Redispatch(inFlight, list);
        }
    }

    /// <summary>Whether the dead turn was this message's, and not that of an action or another record before it, which is owed a turn all the same.</summary>
    private bool IsNext(InputRecord record) => run.Inbox.Peek().First(static queued => queued.Route == InputRoute.Message) == record;

    /// <summary>The first message keeps what it got; it is consumed without a turn of its own.</summary>
    private void Splice(InputRecord first, UIMessage partial)
    {
        // The save at its turn's start put it there as a rule.
        if (run.Conversation.IndexOf(first.Message!.Id) < 0)
        {
            run.Conversation.Put(first.Message);
        }

        run.Conversation.Put(partial, final: false);
        run.Inbox.TryTake(first);
    }

    [LoggerMessage(2032, LogLevel.Error, "OnRecovery of run {RunId} failed; the runtime recovers by itself.")]
    private partial void LogHookFailed(string runId, Exception exception);
}
