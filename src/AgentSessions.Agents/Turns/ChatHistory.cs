using AgentSessions.Protocol.UI;

namespace AgentSessions.Agents;

/// <summary>Reads and edits the conversation as users see it.</summary>
/// <remarks>
/// Edits show at once in reads and take effect when the hook has returned; of a hook that throws they are dropped. An edit rebuilds what the
/// model sees from the messages and so drops compaction and injected messages.
/// </remarks>
public sealed class ChatHistory
{
    private readonly IHistoryRuntime _runtime;

    internal ChatHistory(IHistoryRuntime runtime) => _runtime = runtime;

    /// <summary>All messages, oldest first.</summary>
    public IReadOnlyList<UIMessage> All => _runtime.All;

    /// <summary>Tool calls of the newest assistant message that have neither result nor question.</summary>
    public IReadOnlyList<ToolPart> PendingToolCalls => Calls(static tool => tool.State == ToolPartState.InputAvailable);

    /// <summary>Tool calls of the newest assistant message that have their last result.</summary>
    public IReadOnlyList<ToolPart> ResolvedToolCalls => Calls(static tool => tool.IsTerminal);

    /// <summary>The message with this id, or null.</summary>
    public UIMessage? Find(string id) => All.FirstOrDefault(message => message.Id == id);

    /// <summary>Replaces the whole conversation.</summary>
    public void Set(IEnumerable<UIMessage> messages) => _runtime.Set(messages);

    /// <summary>Removes a message; false if there is none of that id.</summary>
    public bool Remove(string id)
    {
        IReadOnlyList<UIMessage> all = All;
        if (all.All(message => message.Id != id))
        {
            return false;
        }

        _runtime.Set(all.Where(message => message.Id != id));
        return true;
    }

    /// <summary>Drops everything after a message, which stays; false if there is none of that id.</summary>
    public bool RollbackTo(string id)
    {
        IReadOnlyList<UIMessage> all = All;
        for (int i = all.Count - 1; i >= 0; i--)
        {
            if (all[i].Id == id)
            {
                _runtime.Set(all.Take(i + 1));
                return true;
            }
        }

        return false;
    }

    /// <summary>Puts a message in the place of the one with its id; false if there is none.</summary>
    public bool Replace(UIMessage message)
    {
        IReadOnlyList<UIMessage> all = All;
        if (all.All(known => known.Id != message.Id))
        {
            return false;
        }

        _runtime.Set(all.Select(known => known.Id == message.Id ? message : known));
        return true;
    }

    /// <summary>Keeps a range, such as <c>..^2</c> for all but the last two. A range longer than the conversation keeps what there is.</summary>
    public void Slice(Range range)
    {
        IReadOnlyList<UIMessage> all = All;
        int start = Math.Clamp(range.Start.GetOffset(all.Count), 0, all.Count);
        int end = Math.Clamp(range.End.GetOffset(all.Count), start, all.Count);
        _runtime.Set(all.Skip(start).Take(end - start));
    }

    private IReadOnlyList<ToolPart> Calls(Func<ToolPart, bool> which) =>
        All.LastOrDefault(static message => message.Role == UIMessageRole.Assistant) is { } newest ? [.. newest.Tools.Where(which)] : [];
}
