using AgentSessions.Agents.Conversion;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Turns.Lanes;

/// <summary>The conversation as the model sees it: a summary if there is one, the converted messages after it, injected ones in their places.</summary>
/// <remarks>
/// Made from the messages whenever it is asked for; each message is converted once. A longer conversation therefore begins with exactly the
/// prompt of the shorter one.
/// </remarks>
internal sealed class ModelLane(Conversation conversation, LaneState state)
{
    /// <summary>What is remembered of it besides the messages.</summary>
    public LaneState State { get; private set; } = state;

    /// <summary>Whether <see cref="State"/> changed since it was last saved.</summary>
    public bool IsUnsaved { get; private set; }

    /// <summary>All messages for the model.</summary>
    /// <param name="toolOutput">How outputs look to the model.</param>
    /// <param name="without">A message to leave out, or null.</param>
    public List<ChatMessage> Build(ToolModelOutput? toolOutput, string? without = null)
    {
        var messages = new List<ChatMessage>();
        int start = 0;
        if (State.Compaction is { } compaction && conversation.IndexOf(compaction.ThroughId) is >= 0 and int through)
        {
            messages.AddRange(compaction.Messages);
            start = through + 1;
        }

        Dictionary<string, List<ChatMessage>>? injected = Injected();
        if (start == 0)
        {
            Add(messages, injected, "");
        }

        for (int i = start; i < conversation.Count; i++)
        {
            string id = conversation.IdAt(i);
            if (id != without)
            {
                messages.AddRange(conversation.ModelAt(i, toolOutput));
            }

            Add(messages, injected, id);
        }

        return messages;
    }

    /// <summary>Puts messages after the newest one of the conversation.</summary>
    public void Inject(IReadOnlyList<ChatMessage> messages, string? afterId = null)
    {
        if (messages.Count > 0)
        {
            string after = afterId ?? (conversation.Count == 0 ? "" : conversation.IdAt(conversation.Count - 1));
            Change(State with { Injections = [.. State.Injections, new LaneState.Injection(after, messages)] });
        }
    }

    /// <summary>Replaces everything up to a message by others.</summary>
    public void Compact(IReadOnlyList<ChatMessage> messages, string throughId)
    {
        int through = conversation.IndexOf(throughId);
        Change(State with
        {
            Compaction = new LaneState.Compacted(messages, throughId),
            Injections = [.. State.Injections.Where(injection => conversation.IndexOf(injection.AfterId) > through)],
        });
    }

    /// <summary>The conversation was edited: summary and injected messages belong to what it was.</summary>
    public void Rebuild()
    {
        if (State.Compaction is not null || State.Injections.Count > 0)
        {
            Change(State with { Compaction = null, Injections = [] });
        }
    }

    /// <summary>Messages at the end were dropped: what was tied to them goes too.</summary>
    public void Truncated()
    {
        LaneState kept = State with
        {
            Compaction = State.Compaction is { } compaction && conversation.IndexOf(compaction.ThroughId) >= 0 ? compaction : null,
            Injections = [.. State.Injections.Where(injection => injection.AfterId.Length == 0 || conversation.IndexOf(injection.AfterId) >= 0)],
        };
        if (kept.Compaction != State.Compaction || kept.Injections.Count != State.Injections.Count)
        {
            Change(kept);
        }
    }

    public void Change(LaneState state)
    {
        State = state;
        IsUnsaved = true;
    }

    /// <summary>The state to store, if it changed; it counts as saved from now on.</summary>
    public string? TakeChanges()
    {
        if (!IsUnsaved)
        {
            return null;
        }

        IsUnsaved = false;
        return State.Write();
    }

    private Dictionary<string, List<ChatMessage>>? Injected()
    {
        if (State.Injections.Count == 0)
        {
            return null;
        }

        var injected = new Dictionary<string, List<ChatMessage>>();
        foreach (LaneState.Injection injection in State.Injections)
        {
            if (!injected.TryGetValue(injection.AfterId, out List<ChatMessage>? messages))
            {
                injected[injection.AfterId] = messages = [];
            }

            messages.AddRange(injection.Messages);
        }

        return injected;
    }

    private static void Add(List<ChatMessage> messages, Dictionary<string, List<ChatMessage>>? injected, string id)
    {
        if (injected?.TryGetValue(id, out List<ChatMessage>? after) is true)
        {
            messages.AddRange(after);
        }
    }
}
