using AgentSessions.Protocol.UI;

namespace AgentSessions.Client.Turns;

/// <summary>Folds the chunks of one turn into its message, as the transcript will have it.</summary>
/// <remarks>
/// After a crash the successor closes the broken message and answers afresh under a new id, or goes on under the old one
/// (lifecycle document, section 12). So a <c>start</c> with another id drops what the dead attempt had said.
/// </remarks>
internal sealed class AnswerFold
{
    private UIMessage? _previous;
    private UIMessageBuilder? _builder;

    /// <summary>The answer so far; null if nothing of it was seen.</summary>
    public UIMessage? Message => _builder?.Build();

    public bool IsAborted => _builder?.IsAborted is true;

    public string? ErrorText => _builder?.ErrorText;

    public string? FinishReason => _builder?.FinishReason;

    /// <summary>Begins a turn that may go on with an earlier message, as after an approval.</summary>
    public void Reset(UIMessage? previous)
    {
        _previous = previous;
        _builder = null;
    }

    public void Apply(UIMessageChunk chunk)
    {
        if (chunk is StartChunk start && !Continues(start))
        {
            _builder = Begin(start.MessageId);
        }

        _builder ??= new UIMessageBuilder();
        try
        {
            _builder.Apply(chunk);
        }
        catch (ChunkOrderException)
        {
            // Its beginning was before the first record this reader could get. The chunk is handed on all the same.
        }
    }

    private bool Continues(StartChunk start) =>
        _builder is { IsFinished: false } open && (start.MessageId is null || start.MessageId == open.Id);

    private UIMessageBuilder Begin(string? id)
    {
        UIMessage? known = _builder is { IsFinished: true } finished && finished.Id == id ? finished.Build() : _previous;
        return known is { Role: UIMessageRole.Assistant } && known.Id == id ? new UIMessageBuilder(known) : new UIMessageBuilder();
    }
}
