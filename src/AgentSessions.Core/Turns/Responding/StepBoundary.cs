using AgentSessions.Agents;
using AgentSessions.Agents.Conversion;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Turns.Responding;

/// <summary>What happens between two steps: compaction, then steering, then background messages (lifecycle, section 10).</summary>
internal sealed partial class StepBoundary(Turn turn, Compactor compactor, ILogger logger)
{
    private readonly SteeringOptions? _steering = turn.Run.Options.Steering;

    public async Task CrossAsync(StepPrompt prompt, int completedSteps, ToolSet tools, CancellationToken cancellationToken)
    {
        UIMessage? answer = turn.Writer.Build();
        await compactor.BetweenStepsAsync(prompt, answer, completedSteps, tools, cancellationToken);
        await SteerAsync(prompt, completedSteps, cancellationToken);
        await DeliverAsync(prompt, cancellationToken);
    }

    private async Task SteerAsync(StepPrompt prompt, int completedSteps, CancellationToken cancellationToken)
    {
        if (_steering is null)
        {
            return;
        }

        InputRecord[] pending = turn.Pending();
        if (pending.Length == 0)
        {
            return;
        }

        var batch = new SteeringBatch(Turn.MessagesOf(pending), completedSteps, turn.Context!);
        bool joins = _steering.Decide is { } decide
            ? await decide(batch, cancellationToken)
            : _steering.ShouldInject?.Invoke(completedSteps) is true;
        if (!joins)
        {
            return;
        }

        if (await PrepareAsync(batch with { Messages = turn.TakePending(pending) }, cancellationToken) is not { } messages)
        {
            return;
        }

        prompt.Join([.. ModelMessages.FromUI(messages).Select(turn.Run.Attachments.Attach)], turn.Writer.Build()?.Parts.Count ?? 0);
        await turn.AdoptAsync(messages, cancellationToken);
        if (_steering.OnInjected is { } injected)
        {
            await injected(messages, cancellationToken);
        }
    }

    /// <summary>Makes taken messages ready to join.</summary>
    /// <returns>The messages; null if they went back and wait.</returns>
    private async Task<IReadOnlyList<UIMessage>?> PrepareAsync(SteeringBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<UIMessage> messages = _steering!.Prepare is { } prepare ? await prepare(batch, cancellationToken) : batch.Messages;
            await turn.Run.Attachments.LoadAsync(messages.SelectMany(static message => message.Parts).OfType<FilePart>(), cancellationToken);
            return messages;
        }
        catch (Exception exception)
        {
            turn.PutBack();
            if (cancellationToken.IsCancellationRequested)
            {
                throw;
            }

            LogNotPrepared(turn.Run.RunId, exception);
            return null;
        }
    }

    private async Task DeliverAsync(StepPrompt prompt, CancellationToken cancellationToken)
    {
        IReadOnlyList<ChatMessage> background = turn.Run.Undelivered.Take(system: false);
        if (background.Count == 0)
        {
            return;
        }

        prompt.Join(background, turn.Writer.Build()?.Parts.Count ?? 0);
        turn.Run.Lane.Inject(background);
        compactor.Join(background);
        await turn.Writer.WriteAsync(
            new DataChunk(DataPart.BackgroundInjected, UIJson.ToElement(new { count = background.Count })), cancellationToken);
    }

    [LoggerMessage(2070, LogLevel.Warning, "Steering messages of run {RunId} could not be prepared; they wait for a turn of their own.")]
    private partial void LogNotPrepared(string runId, Exception exception);
}
