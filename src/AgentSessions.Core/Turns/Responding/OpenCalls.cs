using AgentSessions.Agents;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Turns.Responding;

/// <summary>Decides what becomes of the tool calls of a step: run, ask the user first, wait for the user's output, or fail.</summary>
internal sealed class OpenCalls(Turn turn, ToolCaller caller)
{
    private const string UnknownTool = "There is no tool of that name.";
    private const string Stopped = "The call was stopped before it ran.";
    private const string Interrupted = "The call was interrupted and may or may not have had its effect.";

    /// <summary>Whether every call of an answer's last step has what the model needs to go on.</summary>
    public static bool IsReady(UIMessage answer) => LastStep(answer).OfType<ToolPart>().All(static tool =>
        tool.IsTerminal || tool.State == ToolPartState.ApprovalResponded);

    /// <summary>Whether an answer ends on tool results or decisions that the model has not been told of.</summary>
    public static bool AwaitsModel(UIMessage answer) =>
        answer.Parts.LastOrDefault(static part => part is not (StepStartPart or DataPart)) is ToolPart tool
        && (tool.IsTerminal || tool.State == ToolPartState.ApprovalResponded);

    /// <summary>
    /// Ends the calls that the user has decided on and that a turn cut short leaves without a result: the yes was for this turn, so that the same
    /// answer, sent again, runs none of them. Of a turn that failed those it never began can still be run.
    /// </summary>
    public static void EndDecided(Turn turn) => turn.Writer.EndCalls(call => call switch
    {
        { State: not ToolPartState.ApprovalResponded } => null,
        { Approval.Approved: true } when turn.Run.Journal.WasBegun(call.ToolCallId) => new ToolOutputErrorChunk(call.ToolCallId, Interrupted),
        _ when !turn.IsInterrupted => null,
        { Approval.Approved: true } => new ToolOutputErrorChunk(call.ToolCallId, Stopped),
        _ => new ToolOutputDeniedChunk(call.ToolCallId),
    });

    /// <summary>Runs what a model has just asked for.</summary>
    /// <returns>Whether every call has its result, so that the model can be called again.</returns>
    public async Task<bool> RunAsync(IReadOnlyList<FunctionCallContent> asked, ToolSet tools, CancellationToken cancellationToken)
    {
        UIMessage? answer = turn.Writer.Build();
        ToolPart[] open = [.. answer?.Tools.Where(tool => tool.State == ToolPartState.InputAvailable && asked.Any(call => call.CallId == tool.ToolCallId)) ?? []];
        return await RunAsync(open, tools, cancellationToken);
    }

    /// <summary>Settles the calls an answer was left with: the user has decided on them, a crash interrupted them, or another process left them to this one.</summary>
    /// <returns>Whether every call has its result.</returns>
    public async Task<bool> ResolveAsync(ToolSet tools, CancellationToken cancellationToken)
    {
        if (!turn.Writer.IsContinued || turn.Writer.Build() is not { } answer)
        {
            return true;
        }

        ToolPart[] left = [.. answer.Tools.Where(IsLeft)];
        ToolPart[] decided = [.. answer.Tools.Where(tool => tool.State == ToolPartState.ApprovalResponded && !IsLeft(tool))];
        if (decided.Length == 0 && left.Length == 0)
        {
            return true;
        }

        foreach (ToolPart denied in decided.Where(static tool => tool.Approval?.Approved is not true))
        {
            await turn.Writer.WriteAsync(new ToolOutputDeniedChunk(denied.ToolCallId), cancellationToken);
        }

        await Task.WhenAll(decided.Where(static tool => tool.Approval?.Approved is true)
            .Select(approved => CallAsync(approved, tools, cancellationToken)));
        bool isReady = await RunAsync(left, tools, cancellationToken);
        turn.Writer.FinishStep();
        return isReady;
    }

    /// <summary>Whether a call is to be made as if the model had just asked for it: nobody did, or a dead turn may have begun with it. The user's yes was for that one time.</summary>
    private bool IsLeft(ToolPart call) => call.State switch
    {
        ToolPartState.InputAvailable => turn.IsRecovered || (turn.IsHandedOver && call.ProviderExecuted is not true),
        ToolPartState.ApprovalRequested => WasBegun(call),
        ToolPartState.ApprovalResponded => call.Approval?.Approved is true && WasBegun(call),
        _ => false,
    };

    private bool WasBegun(ToolPart call) => turn.Run.Journal.WasInterrupted(call.ToolCallId);

    private async Task<bool> RunAsync(IReadOnlyList<ToolPart> open, ToolSet tools, CancellationToken cancellationToken)
    {
        var running = new List<Task>();
        bool isReady = true;
        try
        {
            foreach (ToolPart call in open)
            {
                isReady &= await BeginAsync(call, tools, running, cancellationToken);
            }
        }
        finally
        {
            // Whatever ends the step, no call goes on behind the turn's back.
            await Task.WhenAll(running);
        }

        return isReady;
    }

    /// <returns>Whether the call has its result, or will have it once what was added to <paramref name="running"/> is done.</returns>
    private async Task<bool> BeginAsync(ToolPart call, ToolSet tools, List<Task> running, CancellationToken cancellationToken)
    {
        switch (tools.Find(call.ToolName))
        {
            case null:
                await turn.Writer.WriteAsync(new ToolOutputErrorChunk(call.ToolCallId, UnknownTool), cancellationToken);
                return true;
            case AIFunction function when WasBegun(call) && ToolSet.Effects(function).Interrupted == InterruptedCall.Fail:
                await turn.Writer.WriteAsync(new ToolOutputErrorChunk(call.ToolCallId, Interrupted), cancellationToken);
                return true;
            case AIFunction function:
                bool needsApproval;
                try
                {
                    needsApproval = await NeedsApprovalAsync(function, call, cancellationToken);
                }
                catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
                {
                    await turn.Writer.WriteAsync(caller.Failed(function, call.ToolCallId, exception), cancellationToken);
                    return true;
                }

                if (needsApproval)
                {
                    await turn.Writer.WriteAsync(new ToolApprovalRequestChunk(ApprovalId(call), call.ToolCallId), cancellationToken);
                    return false;
                }

                running.Add(CallAsync(call, tools, cancellationToken));
                return true;
            default:
                // A question: the user supplies the output.
                return false;
        }
    }

    private Task CallAsync(ToolPart call, ToolSet tools, CancellationToken cancellationToken) => tools.Find(call.ToolName) is AIFunction function
        ? caller.CallAsync(function, call.ToolCallId, call.Input, cancellationToken)
        : turn.Writer.WriteAsync(new ToolOutputErrorChunk(call.ToolCallId, UnknownTool), cancellationToken).AsTask();

    private async ValueTask<bool> NeedsApprovalAsync(AIFunction function, ToolPart call, CancellationToken cancellationToken)
    {
        if (WasBegun(call) && ToolSet.Effects(function).Interrupted == InterruptedCall.Ask)
        {
            return true;
        }

        if (call.State is ToolPartState.ApprovalRequested or ToolPartState.ApprovalResponded)
        {
            // It was begun and may run again, so it has had its yes.
            return false;
        }

        if (function.GetService(typeof(ConditionalApprovalFunction)) is ConditionalApprovalFunction conditional)
        {
            return await conditional.RequiresApprovalAsync(caller.Arguments(call.ToolCallId, call.Input), cancellationToken);
        }

        return function.GetService(typeof(ApprovalRequiredAIFunction)) is not null;
    }

    /// <summary>An id is answered once: the answer to it, sent again, must not be one to what is asked anew.</summary>
    private static string ApprovalId(ToolPart call) => call.Approval switch
    {
        null => $"approval_{call.ToolCallId}",
        { Approved: null } open => open.Id,
        { } answered => $"{answered.Id}_again",
    };

    private static IEnumerable<UIMessagePart> LastStep(UIMessage answer)
    {
        int start = 0;
        for (int i = 0; i < answer.Parts.Count; i++)
        {
            // A step that only begins, as one cut off does, does not hide the calls before it.
            if (answer.Parts[i] is StepStartPart && answer.Parts.Skip(i + 1).Any(static part => part is not StepStartPart))
            {
                start = i;
            }
        }

        return answer.Parts.Skip(start);
    }
}
