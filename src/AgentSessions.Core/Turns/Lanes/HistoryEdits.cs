using AgentSessions.Agents;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Turns.Lanes;

/// <summary>The edits of one hook: reads see them at once, the conversation when the hook has returned.</summary>
internal sealed class HistoryEdits(Conversation conversation) : IHistoryRuntime
{
    private IReadOnlyList<UIMessage>? _pending;

    public IReadOnlyList<UIMessage> All => _pending ?? conversation;

    /// <summary>Whether there is anything to apply.</summary>
    public bool IsPending => _pending is not null;

    public void Set(IEnumerable<UIMessage> messages) => _pending = [.. messages];

    /// <summary>A message joined the conversation meanwhile: what was edited before does not hold it, and must not take it away.</summary>
    public void Join(UIMessage message)
    {
        if (_pending is { } edited)
        {
            _pending = [.. edited.Where(known => known.Id != message.Id), message];
        }
    }

    /// <summary>Takes the edits over into the conversation.</summary>
    /// <returns>Whether there were any.</returns>
    /// <exception cref="ArgumentException">Two messages have one id.</exception>
    public bool Apply()
    {
        if (_pending is not { } edited)
        {
            return false;
        }

        _pending = null;
        conversation.Replace(edited);
        return true;
    }

    /// <summary>Forgets them: the hook threw.</summary>
    public void Discard() => _pending = null;
}
