using System.Diagnostics;
using System.Text;
using AgentSessions.Agents;
using AgentSessions.Agents.Conversion;
using AgentSessions.Core.Budgets;
using AgentSessions.Core.Redaction;
using AgentSessions.Core.Telemetry;
using AgentSessions.Core.Turns.Accounts;
using AgentSessions.Core.Turns.Budgets;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Turns.Responding;

/// <summary>Answers with a model: calls it, runs the tools it asks for, and goes on until it asks for none.</summary>
/// <remarks>
/// 1 calls that are open from before: approved ones run, denied ones are told; 2 a model call; 3 its tool calls, side by side, unless they wait
/// for the user; 4 between two steps compaction, then steering, then background messages; then 2 again, at most <see cref="AgentOptions.MaxSteps"/>
/// times.
/// </remarks>
internal sealed class ManagedLoop(Turn turn, IChatClient client, ChatOptions? options, OpenCalls calls, StepBoundary boundary)
{
    private readonly AgentOptions _agent = turn.Run.Options;
    private ChatOptions _options = new();
    private ToolSet _tools = ToolSet.Empty;
    private long _outputTokens;
    private string _model = "";

    public async Task<UIMessage> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await AnswerAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (turn.IsStopped)
        {
            // Wherever it was cut short, and whatever the agent makes of the exception: the answer is not whole.
            turn.IsInterrupted = true;
            throw;
        }
    }

    private async Task<UIMessage> AnswerAsync(CancellationToken cancellationToken)
    {
        _options = options?.Clone() ?? new ChatOptions();
        _tools = options?.Tools is { Count: > 0 } own ? new ToolSet([.. own, .. _agent.Skills.Tools]) : turn.Tools;
        _model = _options.ModelId ?? (client.GetService(typeof(ChatClientMetadata)) as ChatClientMetadata)?.DefaultModelId ?? "model";
        _options.Tools = _tools.All.Count > 0 ? [.. _tools.All] : null;
        _options.Instructions = turn.Instructions(_options.Instructions);
        StepPrompt prompt = await turn.PromptAsync(_tools.ModelOutput, cancellationToken);
        if (await calls.ResolveAsync(_tools, cancellationToken))
        {
            await StepsAsync(prompt, cancellationToken);
        }
        else
        {
            turn.FinishReason = UIFinishReason.ToolCalls;
        }

        return turn.Answered(_tools.ModelOutput, prompt);
    }

    private async Task StepsAsync(StepPrompt prompt, CancellationToken cancellationToken)
    {
        while (true)
        {
            turn.Steps++;
            IReadOnlyList<ChatMessage> messages = prompt.Build(turn.Writer.Build(), _tools.ModelOutput);
            (IReadOnlyList<FunctionCallContent> asked, ChatFinishReason? reason) = await CallModelAsync(messages, cancellationToken);
            turn.FinishReason = FinishReasons.ToUI(reason) ?? UIFinishReason.Stop;
            if (asked.Count == 0)
            {
                turn.Writer.FinishStep();
                return;
            }

            turn.FinishReason = UIFinishReason.ToolCalls;
            bool waits = !await calls.RunAsync(asked, _tools, cancellationToken);
            turn.Writer.FinishStep();
            if (waits || turn.Steps >= _agent.MaxSteps)
            {
                return;
            }

            await boundary.CrossAsync(prompt, turn.Steps, _tools, cancellationToken);
        }
    }

    private async Task<(IReadOnlyList<FunctionCallContent> Calls, ChatFinishReason? Reason)> CallModelAsync(
        IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken)
    {
        var mapper = new UpdateToChunks(new UpdateToChunksOptions { MarkSteps = false, ErrorText = turn.ErrorText });
        var asked = new List<FunctionCallContent>();
        using Activity? activity = AgentTelemetry.StartModel(_options.ModelId);
        ModelHold? hold = turn.Budget is { } budget ? await budget.ReserveAsync(client, messages, _options, cancellationToken) : null;
        _outputTokens = 0;
        using AccountMark mark = turn.Run.Book.Begin(AccountKind.Model, _model);
        SpanText? capture = activity is null ? null : turn.Run.Shared.Capture.For(turn.Run.Options.Privacy);
        StringBuilder? said = capture is null ? null : new StringBuilder();
        capture?.Asked(activity!, messages);
        turn.Writer.Open(needsStep: true);
        try
        {
            await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(messages, _options, cancellationToken).WithCancellation(cancellationToken))
            {
                said?.Append(update.Text);
                await WriteAsync(mapper.Map(update), cancellationToken);
                asked.AddRange(update.Contents.OfType<FunctionCallContent>().Where(static call => !call.InformationalOnly));
                if (mapper.HasFailed)
                {
                    throw new InvalidOperationException(update.Contents.OfType<ErrorContent>().FirstOrDefault()?.Message ?? "The model failed.");
                }
            }

            await WriteAsync(mapper.Complete(), cancellationToken);
            mark.Succeed();
        }
        finally
        {
            mark.Tokens = (mapper.Usage.InputTokenCount ?? 0, mapper.Usage.OutputTokenCount ?? 0);
            capture?.Said(activity!, said!.ToString());
            turn.AddUsage(mapper.Usage);
            AgentTelemetry.SetUsage(activity, mapper.Usage.InputTokenCount, mapper.Usage.OutputTokenCount);
            if (hold is not null)
            {
                await turn.Budget!.SettleAsync(hold, mapper.Usage, _outputTokens);
            }
        }

        return ([.. asked.DistinctBy(static call => call.CallId)], mapper.FinishReason);
    }

    private async ValueTask WriteAsync(IReadOnlyList<UIMessageChunk> chunks, CancellationToken cancellationToken)
    {
        for (int i = 0; i < chunks.Count; i++)
        {
            _outputTokens += chunks[i] switch
            {
                TextDeltaChunk text => TokenEstimate.OfText(text.Delta),
                ReasoningDeltaChunk reasoning => TokenEstimate.OfText(reasoning.Delta),
                ToolInputDeltaChunk input => TokenEstimate.OfText(input.InputTextDelta),
                _ => 0,
            };
            await turn.Writer.WriteAsync(chunks[i], cancellationToken);
        }
    }
}
