using AgentSessions.Agents;
using AgentSessions.Core.Turns.Lanes;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Turns.Responding;

/// <summary>Replaces messages by a summary once they are too many for the model (lifecycle, section 13). A compaction that fails changes nothing.</summary>
internal sealed partial class Compactor(Turn turn, ILogger logger)
{
    private const int AfterTurn = -1;
    private const string DataName = "compaction";
    private readonly CompactionOptions? _options = turn.Run.Options.Compaction;
    private StepPrompt? _inner;

    /// <summary>Compacts between two steps if it has to, and only where no call is open.</summary>
    public async Task BetweenStepsAsync(StepPrompt prompt, UIMessage? answer, int step, ToolSet tools, CancellationToken cancellationToken)
    {
        if (_options is not { BetweenSteps: true } || turn.LastStepUsage is not { } usage || (answer is not null && !OpenCalls.IsReady(answer)))
        {
            return;
        }

        List<ChatMessage> messages = prompt.Build(answer, tools.ModelOutput);
        if (!IsDue(usage, messages, step))
        {
            return;
        }

        await ShowAsync("compacting", usage, cancellationToken);
        if (await CompactAsync(messages, usage, step, cancellationToken) is { } compacted)
        {
            // The marks of the compaction itself were written before, so the parts are counted now.
            int firstPart = turn.Writer.Build()?.Parts.Count ?? 0;
            prompt.Replace(compacted, firstPart);
            _inner = new StepPrompt(compacted, firstPart);
        }

        await ShowAsync("complete", usage, cancellationToken);
    }

    /// <summary>Messages joined the turn: what was compacted inside it before does not contain them.</summary>
    public void Join(IReadOnlyList<ChatMessage> messages) => _inner?.Join(messages, turn.Writer.Build()?.Parts.Count ?? 0);

    /// <summary>Compacts after the answer if it has to; or makes what was compacted inside the turn last.</summary>
    public async Task AfterTurnAsync(ToolSet tools, CancellationToken cancellationToken)
    {
        if (turn.Response is not { } response)
        {
            return;
        }

        if (_inner is { } inner)
        {
            turn.Run.Lane.Compact([.. inner.Build(response, tools.ModelOutput).Select(turn.Run.Attachments.Detach)], response.Id);
            return;
        }

        if (_options is null || turn.IsInterrupted || turn.LastStepUsage is not { } usage)
        {
            return;
        }

        List<ChatMessage> messages = [.. turn.Run.Lane.Build(tools.ModelOutput).Select(turn.Run.Attachments.Attach)];
        if (IsDue(usage, messages, AfterTurn) && await CompactAsync(messages, usage, AfterTurn, cancellationToken) is { } compacted)
        {
            Keep([.. compacted.Select(turn.Run.Attachments.Detach)], response);
        }
    }

    /// <summary>Makes a summary stand for the whole conversation, as users see it from now on.</summary>
    private void Keep(IReadOnlyList<ChatMessage> compacted, UIMessage response)
    {
        // An edit rebuilds the model's view, so edits come first.
        turn.ApplyEdits();
        Conversation conversation = turn.Run.Conversation;
        if (conversation.IndexOf(response.Id) < 0)
        {
            // Whatever was cut, the turn ends on its answer.
            conversation.Put(response);
        }

        turn.Run.Lane.Compact(compacted, conversation.IdAt(conversation.Count - 1));
    }

    private bool IsDue(UsageDetails usage, IReadOnlyList<ChatMessage> messages, int step) => _options!.ShouldCompact is { } decide
        ? decide(new CompactionCheck(usage, messages, turn.Context!, step))
        : _options.MaxTokens is { } most && (usage.TotalTokenCount ?? (usage.InputTokenCount ?? 0) + (usage.OutputTokenCount ?? 0)) > most;

    private async Task<IReadOnlyList<ChatMessage>?> CompactAsync(
        List<ChatMessage> messages, UsageDetails usage, int step, CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<ChatMessage> prepared = await turn.Run.Hooks.PrepareMessagesAsync(
                turn.Context!, messages, PrepareReason.CompactionRebuild, cancellationToken);
            (string summary, IReadOnlyList<ChatMessage> compacted) = await SummariseAsync(prepared, cancellationToken);
            compacted = await turn.Run.Hooks.PrepareMessagesAsync(turn.Context!, compacted, PrepareReason.CompactionResult, cancellationToken);
            await turn.Run.Hooks.OnCompactedAsync(turn.Context!, new Compacted(summary, messages, usage, step), cancellationToken);
            if (_options!.ToUIMessages is { } toUI)
            {
                turn.Edits.Set(toUI(summary, turn.Edits.All));
            }

            return compacted;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(turn.Run.RunId, exception);
            return null;
        }
    }

    private async Task<(string Summary, IReadOnlyList<ChatMessage> Messages)> SummariseAsync(
        IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken)
    {
        if (_options!.Reducer is { } reducer)
        {
            ChatMessage[] reduced = [.. await reducer.ReduceAsync(messages, cancellationToken)];
            return (string.Join('\n', reduced.Select(static message => message.Text)), reduced);
        }

        if (_options.Summarize is not { } summarise)
        {
            throw new InvalidOperationException("Compaction needs Summarize or Reducer.");
        }

        string summary = await summarise(messages, cancellationToken);
        return (summary, _options.ToModelMessages?.Invoke(summary) ?? [new ChatMessage(ChatRole.User, $"Summary of the conversation so far:\n{summary}")]);
    }

    private ValueTask ShowAsync(string status, UsageDetails usage, CancellationToken cancellationToken) => turn.Writer.WriteAsync(
        new DataChunk(DataName, UIJson.ToElement(new { status, totalTokens = usage.TotalTokenCount })) { Transient = true }, cancellationToken);

    [LoggerMessage(2071, LogLevel.Warning, "The conversation of run {RunId} could not be compacted.")]
    private partial void LogFailed(string runId, Exception exception);
}
