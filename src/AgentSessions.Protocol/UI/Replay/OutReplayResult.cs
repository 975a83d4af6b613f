namespace AgentSessions.Protocol.UI;

/// <param name="Message">The message; cleaned if it is not final.</param>
/// <param name="IsFinal">False for an answer that was stopped or failed.</param>
public sealed record ReplayedMessage(UIMessage Message, bool IsFinal);

/// <summary>What <see cref="OutReplay"/> found.</summary>
/// <param name="Settled">The closed messages in the order in which they first appear.</param>
public sealed record OutReplayResult(IReadOnlyList<ReplayedMessage> Settled)
{
    /// <summary>The answer a dead run left unfinished, cleaned; null if none had begun to say anything.</summary>
    public UIMessage? Partial { get; init; }

    /// <summary>The same as it was streamed.</summary>
    public UIMessage? RawPartial { get; init; }

    /// <summary>The calls of the partial answer that were waiting for a result.</summary>
    public IReadOnlyList<ToolPart> PendingToolCalls =>
        RawPartial is null ? [] : [.. RawPartial.Tools.Where(tool => tool.State == ToolPartState.InputAvailable)];

    /// <summary>Lays the settled messages over the stored ones by id: they win, the stored position stays, new ones append.</summary>
    public IReadOnlyList<UIMessage> MergeInto(IReadOnlyList<UIMessage> stored)
    {
        var replayed = new OrderedDictionary<string, UIMessage>();
        foreach (var settled in Settled)
        {
            replayed[settled.Message.Id] = settled.Message;
        }

        var merged = new List<UIMessage>(stored.Count + replayed.Count);
        foreach (var message in stored)
        {
            merged.Add(replayed.Remove(message.Id, out var newer) ? newer : message);
        }

        merged.AddRange(replayed.Values);
        return merged;
    }
}
