using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Redaction;

/// <summary>Cuts the deltas of an answer anew, so that what must not be kept is in one piece when it is looked at.</summary>
/// <remarks>
/// A part's text is let go at white space, and only where looking at both sides by themselves comes to the same as looking at the whole. The
/// newest characters wait, because what follows may make a match of them.
/// </remarks>
internal sealed class HeldBackText(TextRedaction redaction)
{
    /// <summary>A text without a place to cut is cut anywhere beyond this.</summary>
    private const int MaxHeldCharacters = 16 * 1024;

    private readonly Dictionary<(Type Kind, string Id), UIMessageChunk> _held = [];

    /// <summary>What may be written now that this chunk came, in order.</summary>
    public IReadOnlyList<UIMessageChunk> Take(UIMessageChunk chunk)
    {
        if (TextOf(chunk) is not null)
        {
            return TakeDelta(chunk) is { } free ? [free] : [];
        }

        if (_held.Count == 0 || EndedBy(chunk) is not { } ends)
        {
            return [chunk];
        }

        var all = new List<UIMessageChunk>();
        foreach ((Type Kind, string Id) key in _held.Keys.Where(key => ends == AllParts || ends == key).ToArray())
        {
            _held.Remove(key, out UIMessageChunk? rest);
            all.Add(With(rest!, redaction.Text(TextOf(rest!)!)));
        }

        all.Add(chunk);
        return all;
    }

    private static (Type Kind, string Id) AllParts => (typeof(UIMessageChunk), "");

    private UIMessageChunk? TakeDelta(UIMessageChunk delta)
    {
        (Type Kind, string Id) key = KeyOf(delta);
        string text = (_held.TryGetValue(key, out UIMessageChunk? before) ? TextOf(before) : "") + TextOf(delta);
        int cut = Cut(text);
        if (cut == text.Length)
        {
            _held.Remove(key);
        }
        else
        {
            _held[key] = With(delta, text[cut..]);
        }

        return cut == 0 ? null : With(delta, redaction.Text(text[..cut]));
    }

    /// <summary>How much of a text can go.</summary>
    private int Cut(string text)
    {
        int end = text.Length - redaction.Options.HoldBackCharacters;
        while (end > 0 && !char.IsWhiteSpace(text[end - 1]))
        {
            end--;
        }

        if (end > 0 && redaction.Text(text[..end]) + redaction.Text(text[end..]) == redaction.Text(text))
        {
            return end;
        }

        return text.Length > MaxHeldCharacters ? text.Length - redaction.Options.HoldBackCharacters : 0;
    }

    /// <summary>Which parts get nothing more after a chunk; null for none.</summary>
    private static (Type Kind, string Id)? EndedBy(UIMessageChunk chunk) => chunk switch
    {
        TextEndChunk end => (typeof(TextDeltaChunk), end.Id),
        ReasoningEndChunk end => (typeof(ReasoningDeltaChunk), end.Id),
        ToolInputAvailableChunk input => (typeof(ToolInputDeltaChunk), input.ToolCallId),
        ToolInputErrorChunk input => (typeof(ToolInputDeltaChunk), input.ToolCallId),
        StartStepChunk or FinishStepChunk or FinishChunk or AbortChunk or ErrorChunk => AllParts,
        _ => null,
    };

    private static (Type Kind, string Id) KeyOf(UIMessageChunk chunk) => (chunk.GetType(), chunk switch
    {
        TextDeltaChunk text => text.Id,
        ReasoningDeltaChunk reasoning => reasoning.Id,
        ToolInputDeltaChunk input => input.ToolCallId,
        _ => "",
    });

    private static string? TextOf(UIMessageChunk chunk) => chunk switch
    {
        TextDeltaChunk text => text.Delta,
        ReasoningDeltaChunk reasoning => reasoning.Delta,
        ToolInputDeltaChunk input => input.InputTextDelta,
        _ => null,
    };

    private static UIMessageChunk With(UIMessageChunk delta, string text) => delta switch
    {
        TextDeltaChunk chunk => chunk with { Delta = text },
        ReasoningDeltaChunk chunk => chunk with { Delta = text },
        ToolInputDeltaChunk chunk => chunk with { InputTextDelta = text },
        _ => delta,
    };
}
