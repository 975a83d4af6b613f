namespace AgentSessions.Protocol.UI;

/// <summary>Reduces what a session's <c>out</c> holds behind a transcript to messages, when a run boots.</summary>
/// <remarks>
/// <para>
/// Fed record by record: chunks, turn boundaries, and the mark of an abandoned turn; other control records are left
/// out. A message goes from its <c>start</c> to its <c>finish</c>; a boundary closes it as well, so a stopped answer
/// whose save failed is not taken for a crash. What follows <c>finish</c> up to the boundary belongs to the message.
/// </para>
/// <para>
/// A message begun but never closed is the work of a run that died. Behind everything else it is the partial answer.
/// With another message behind it, its successor answered afresh and it is dropped; with a <c>start</c> of the same
/// id behind it, the successor went on with it.
/// </para>
/// <para>A message readers could not build, or without an id, is left out.</para>
/// </remarks>
public sealed class OutReplay
{
    private readonly Dictionary<string, UIMessage> _known = [];
    private readonly OrderedDictionary<string, ReplayedMessage> _settled = [];
    private UIMessageBuilder? _open;
    private bool _isBroken;

    /// <param name="stored">The transcript's messages; one that is continued in <c>out</c> is needed whole.</param>
    public OutReplay(IEnumerable<UIMessage> stored)
    {
        foreach (var message in stored)
        {
            _known[message.Id] = message;
        }
    }

    public void Add(UIMessageChunk chunk)
    {
        if (chunk is StartChunk start && !Continues(start))
        {
            if (_open is { IsFinished: true })
            {
                Settle();
            }

            Open(start);
        }

        if (_open is null || _isBroken)
        {
            return;
        }

        try
        {
            _open.Apply(chunk);
        }
        catch (ChunkOrderException)
        {
            _isBroken = true;
        }
    }

    /// <summary>A turn is complete.</summary>
    public void AddBoundary()
    {
        if (_open is not null)
        {
            Settle();
        }
    }

    /// <summary>The turn that wrote the open message is given up, and the message with it.</summary>
    public void AddAbandoned() => _open = null;

    /// <summary>Ends the replay.</summary>
    public OutReplayResult Complete()
    {
        if (_open is { IsFinished: true })
        {
            Settle();
        }

        var partial = _open is null || _isBroken || _open.Id.Length == 0 ? null : _open.Build();
        if (partial is not null && !UIMessageClean.HasContent(partial))
        {
            partial = null;
        }

        return new OutReplayResult([.. _settled.Values])
        {
            Partial = partial is null ? null : UIMessageClean.Clean(partial),
            RawPartial = partial,
        };
    }

    private bool Continues(StartChunk start) =>
        _open is { IsFinished: false } && (start.MessageId is null || start.MessageId == _open.Id);

    private void Open(StartChunk start)
    {
        _isBroken = false;
        _open = start.MessageId is { } id && _known.TryGetValue(id, out var known) && known.Role == UIMessageRole.Assistant
            ? new UIMessageBuilder(known)
            : new UIMessageBuilder();
    }

    private void Settle()
    {
        var built = _open!;
        _open = null;
        if (_isBroken || built.Id.Length == 0)
        {
            return;
        }

        bool isFinal = built is { IsFinished: true, IsAborted: false, ErrorText: null };
        var message = isFinal ? UIMessageClean.CloseText(built.Build()) : UIMessageClean.Clean(built.Build());
        if (UIMessageClean.HasContent(message))
        {
            _known[message.Id] = message;
            _settled[message.Id] = new ReplayedMessage(message, isFinal);
        }
    }
}
