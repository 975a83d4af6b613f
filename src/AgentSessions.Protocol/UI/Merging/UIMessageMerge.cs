namespace AgentSessions.Protocol.UI;

/// <summary>Takes an incoming message into the stored conversation.</summary>
/// <remarks>
/// Of an assistant message only the answers to open tool calls are believed: state, output, error and the approval's
/// verdict. Input, text and everything else stay as stored, so a client can neither change what a call does nor put
/// words into the assistant's mouth. Clients may send a slim copy that holds only the answered calls.
/// </remarks>
public static class UIMessageMerge
{
    /// <param name="stored">
    /// The conversation so far. A caller that knows which message is meant may give that one alone, or nothing if there
    /// is none.
    /// </param>
    /// <param name="incoming">Cleaned by <see cref="UIMessageClean.CleanIncoming"/>.</param>
    public static UIMessageMergeResult Merge(IReadOnlyList<UIMessage> stored, UIMessage incoming)
    {
        int index = Find(stored, incoming);
        if (index < 0)
        {
            return Append(stored, incoming);
        }

        var target = stored[index];
        if (incoming.Role != UIMessageRole.Assistant || target.Role != UIMessageRole.Assistant)
        {
            return new(UIMessageMergeKind.Unchanged, stored) { Message = target };
        }

        var parts = target.Parts.ToArray();
        var advanced = new List<string>();
        ToolPart? repeated = null;
        foreach (var answer in incoming.Tools)
        {
            int at = Array.FindLastIndex(parts, part => part is ToolPart tool && tool.ToolCallId == answer.ToolCallId);
            var step = ToolAnswer.Judge(at < 0 ? null : (ToolPart)parts[at], answer);
            switch (step.Verdict)
            {
                case ToolAnswerVerdict.Advances:
                    parts[at] = step.Part!;
                    advanced.Add(answer.ToolCallId);
                    break;
                case ToolAnswerVerdict.RepeatsAfterTheEnd:
                    repeated ??= answer;
                    break;
                case ToolAnswerVerdict.NotAsked:
                    return Refused(UIMessageMergeKind.ApprovalNotFound, stored, answer);
                case ToolAnswerVerdict.Contradicts:
                    return Refused(UIMessageMergeKind.ApprovalAlreadyAnswered, stored, answer);
                case ToolAnswerVerdict.SaysNothingNew:
                    break;
            }
        }

        if (advanced.Count == 0)
        {
            return repeated is null
                ? new(UIMessageMergeKind.Unchanged, stored) { Message = target }
                : Refused(UIMessageMergeKind.ApprovalAlreadyAnswered, stored, repeated);
        }

        var merged = target with { Parts = parts };
        var messages = stored.ToArray();
        messages[index] = merged;
        return new(UIMessageMergeKind.Merged, messages) { Message = merged, AdvancedCalls = advanced };
    }

    private static int Find(IReadOnlyList<UIMessage> stored, UIMessage incoming)
    {
        for (int i = stored.Count - 1; i >= 0; i--)
        {
            if (stored[i].Id == incoming.Id)
            {
                return i;
            }
        }

        // A client may have made up the id of an answer it continued; the calls tell which message it means.
        var calls = incoming.Role == UIMessageRole.Assistant ? incoming.Tools.Select(tool => tool.ToolCallId).ToHashSet() : [];
        for (int i = stored.Count - 1; i >= 0 && calls.Count > 0; i--)
        {
            if (stored[i].Role == UIMessageRole.Assistant && stored[i].Tools.Any(tool => calls.Contains(tool.ToolCallId)))
            {
                return i;
            }
        }

        return -1;
    }

    private static UIMessageMergeResult Append(IReadOnlyList<UIMessage> stored, UIMessage incoming)
    {
        if (incoming.Role == UIMessageRole.Assistant)
        {
            if (incoming.Tools.FirstOrDefault(tool => tool.State == ToolPartState.ApprovalResponded) is { } answer)
            {
                return Refused(UIMessageMergeKind.ApprovalNotFound, stored, answer);
            }

            // Stored as they came, open calls could be "approved" later and run with the client's input.
            incoming = UIMessageClean.Keep(incoming, part => part is not ToolPart { IsTerminal: false });
        }

        return new(UIMessageMergeKind.Appended, [.. stored, incoming]) { Message = incoming };
    }

    private static UIMessageMergeResult Refused(UIMessageMergeKind kind, IReadOnlyList<UIMessage> stored, ToolPart answer) =>
        new(kind, stored) { ApprovalId = answer.Approval?.Id ?? "" };
}
