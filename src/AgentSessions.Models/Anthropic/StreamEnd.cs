using AgentSessions.Models.Calls;
using Microsoft.Extensions.AI;

namespace AgentSessions.Models.Anthropic;

/// <summary>Clears up the package's updates: no empty ones, and the reason and the counts once, at the end.</summary>
internal sealed class StreamEnd(Failures failures)
{
    private readonly UsageDetails _usage = new();
    private ChatResponseUpdate? _last;
    private ChatFinishReason? _finish;

    /// <summary>Whether the provider said why the answer ended.</summary>
    public bool IsFinished => _finish is not null;

    /// <returns>What there is to show; null for nothing.</returns>
    public ChatResponseUpdate? Take(ChatResponseUpdate update)
    {
        _last = update;
        _finish = update.FinishReason ?? _finish;
        foreach (UsageContent usage in update.Contents.OfType<UsageContent>())
        {
            _usage.Add(usage.Details);
        }

        List<AIContent> shown = [.. update.Contents.Where(IsShown)];
        if (shown.Count == 0)
        {
            return null;
        }

        update.Contents = shown;
        update.FinishReason = null;
        return update;
    }

    /// <exception cref="ModelException">Cut: the package takes the end of the stream for the end of the answer, which only a reason makes it.</exception>
    public ChatResponseUpdate Complete()
    {
        if (_last is null || _finish is null)
        {
            throw failures.Cut();
        }

        return new ChatResponseUpdate(ChatRole.Assistant, [new UsageContent(_usage)])
        {
            FinishReason = _finish,
            ResponseId = _last.ResponseId,
            MessageId = _last.MessageId,
            ModelId = _last.ModelId,
            CreatedAt = _last.CreatedAt,
        };
    }

    private static bool IsShown(AIContent content) => content switch
    {
        UsageContent => false,
        TextContent text => text.Text.Length > 0,
        TextReasoningContent reasoning => reasoning.Text.Length > 0 || !string.IsNullOrEmpty(reasoning.ProtectedData),
        _ => true,
    };
}
