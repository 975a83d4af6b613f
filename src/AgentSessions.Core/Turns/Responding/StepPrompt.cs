using AgentSessions.Agents.Conversion;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Turns.Responding;

/// <summary>What the model is told at each step: the messages of the turn's beginning, then the answer so far with what joined it on the way.</summary>
/// <remarks>
/// The answer is converted from the message users see, exactly as later turns convert it, so a later prompt begins with the very same messages
/// and a provider's cache keeps working.
/// </remarks>
internal sealed class StepPrompt(IReadOnlyList<ChatMessage> messages, int firstPart)
{
    private readonly List<(int Part, IReadOnlyList<ChatMessage> Messages)> _joined = [];
    private IReadOnlyList<ChatMessage> _beginning = messages;

    // The part of the answer that the prompt goes on from: what is before it is in the beginning already.
    private int _firstPart = firstPart;

    /// <summary>Adds messages behind what is written of the answer.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="parts">How many parts the answer has.</param>
    public void Join(IReadOnlyList<ChatMessage> messages, int parts)
    {
        if (messages.Count > 0)
        {
            _joined.Add((parts, messages));
        }
    }

    /// <summary>Replaces everything so far.</summary>
    public void Replace(IReadOnlyList<ChatMessage> messages, int parts)
    {
        _beginning = messages;
        _firstPart = parts;
        _joined.Clear();
    }

    /// <summary>The prompt for the next model call.</summary>
    public List<ChatMessage> Build(UIMessage? answer, ToolModelOutput? toolOutput)
    {
        List<ChatMessage> all = [.. _beginning];
        int from = _firstPart;
        foreach ((int part, IReadOnlyList<ChatMessage> joined) in _joined)
        {
            AddParts(all, answer, from, part, toolOutput);
            all.AddRange(joined);
            from = part;
        }

        AddParts(all, answer, from, answer?.Parts.Count ?? 0, toolOutput);
        return all;
    }

    private static void AddParts(List<ChatMessage> all, UIMessage? answer, int from, int to, ToolModelOutput? toolOutput)
    {
        if (answer is not null && from < to)
        {
            all.AddRange(ModelMessages.FromUI(answer with { Parts = [.. answer.Parts.Take(to).Skip(from)] }, toolOutput));
        }
    }
}
