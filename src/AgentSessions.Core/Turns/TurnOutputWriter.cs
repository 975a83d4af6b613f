using AgentSessions.Agents;
using AgentSessions.Core.Redaction;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Turns;

/// <summary>The answer of one turn as it is written: keeps its order, opens what a chunk needs, and builds the message it becomes.</summary>
internal sealed class TurnOutputWriter : IOutputRuntime
{
    private readonly Lock _gate = new();
    private readonly OutWriter _writer;
    private readonly ChunkOrder _order;
    private readonly UIMessageBuilder _builder;
    private readonly HeldBackText? _held;
    private bool _startIsElsewhere;
    private bool _stepIsElsewhere;
    private string? _text;
    private int _texts;
    private bool _hasContent;
    private bool _isClosed;

    /// <param name="writer">Where chunks go.</param>
    /// <param name="messageId">The id of a new message.</param>
    /// <param name="continued">The message to go on with, or null.</param>
    /// <param name="startIsElsewhere">Whether another process wrote the message's start and the step that is open.</param>
    public TurnOutputWriter(OutWriter writer, string messageId, UIMessage? continued = null, bool startIsElsewhere = false)
    {
        _writer = writer;
        _held = writer.Redaction is { } redaction ? new HeldBackText(redaction) : null;
        _order = new ChunkOrder(continued);
        _builder = continued is null ? new UIMessageBuilder(messageId) : new UIMessageBuilder(continued);
        _startIsElsewhere = _stepIsElsewhere = startIsElsewhere;
        MessageId = continued?.Id ?? messageId;
        Continued = continued;
    }

    /// <summary>Goes on behind another writer of the same turn, whose start stands for both.</summary>
    public static TurnOutputWriter Resume(OutWriter writer, UIMessage message) => new(writer, message.Id, message) { _startIsElsewhere = true };

    public string MessageId { get; }

    /// <summary>Whether the answer goes on with a message that was there before.</summary>
    public bool IsContinued => Continued is not null;

    /// <summary>The message the answer goes on with, as it was; or null.</summary>
    public UIMessage? Continued { get; }

    /// <summary>Whether anything was written that a message keeps.</summary>
    public bool HasContent => _hasContent;

    /// <summary>Rises with every chunk that changes the message.</summary>
    public int Version { get; private set; }

    /// <summary>Whether an <c>error</c> chunk was written.</summary>
    public string? ErrorText => _builder.ErrorText;

    /// <summary>Why the answer ended, if it said so.</summary>
    public string? FinishReason => _builder.FinishReason;

    public ValueTask WriteAsync(UIMessageChunk chunk, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ThrowIfClosed();
            if (chunk is UnknownChunk && ControlHeaders.IsOldControl(chunk.Type))
            {
                // An agent that passes on what others stream must not end a turn for clients that still know the old form.
                return default;
            }

            if (EndsText(chunk))
            {
                EndText();
            }

            if (chunk is StartChunk start)
            {
                // The server names messages (lifecycle, section 8); an author's start can only bring metadata.
                return _order.IsStarted && start.MessageMetadata is { } metadata
                    ? Admit(new MessageMetadataChunk(metadata))
                    : _order.IsStarted ? default : Admit(start with { MessageId = MessageId });
            }

            if (chunk is not DataChunk { Transient: true })
            {
                Open(needsStep: chunk is not (DataChunk or MessageMetadataChunk or StartStepChunk or FinishStepChunk or FinishChunk or AbortChunk or ErrorChunk));
            }

            return Admit(chunk);
        }
    }

    public ValueTask WriteTextAsync(string text, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ThrowIfClosed();
            if (_text is null)
            {
                Open(needsStep: true);
                _text = $"t{_texts++}";
                Admit(new TextStartChunk(_text));
            }

            return Admit(new TextDeltaChunk(_text, text));
        }
    }

    /// <summary>Opens the message and, if asked, a step, unless they are open.</summary>
    public void Open(bool needsStep)
    {
        lock (_gate)
        {
            if (!_order.IsStarted && !_startIsElsewhere)
            {
                Admit(new StartChunk(MessageId));
            }

            if (needsStep && !_order.IsStepOpen && !_stepIsElsewhere)
            {
                Admit(new StartStepChunk());
            }
        }
    }

    /// <summary>The agent has answered: closes its parts and, unless it was interrupted, its step. More data may follow.</summary>
    public void Settle(bool isInterrupted)
    {
        lock (_gate)
        {
            if (_isClosed || _order.IsFinished || _order.IsFailed)
            {
                return;
            }

            EndParts();
            if (!isInterrupted && (_order.IsStepOpen || _stepIsElsewhere))
            {
                Admit(new FinishStepChunk());
            }
        }
    }

    /// <summary>Ends the step, if one is open.</summary>
    public void FinishStep()
    {
        lock (_gate)
        {
            if (!_isClosed && !_order.IsFinished && !_order.IsFailed && (_order.IsStepOpen || _stepIsElsewhere))
            {
                EndParts();
                Admit(new FinishStepChunk());
            }
        }
    }

    /// <summary>Ends calls that have no result.</summary>
    /// <param name="end">What is told of a call; null leaves it as it is.</param>
    public void EndCalls(Func<ToolPart, UIMessageChunk?> end)
    {
        lock (_gate)
        {
            if (_isClosed || _order.IsFinished || _order.IsFailed || Build() is not { } answer)
            {
                return;
            }

            foreach (ToolPart call in answer.Tools)
            {
                if (end(call) is { } chunk)
                {
                    Open(needsStep: false);
                    Admit(chunk);
                }
            }
        }
    }

    /// <summary>Closes what is open. Writes nothing if nothing was written.</summary>
    /// <param name="finishReason">One of <see cref="UIFinishReason"/>.</param>
    /// <param name="isStopped">Whether to mark the answer as stopped.</param>
    public void Finish(string finishReason, bool isStopped)
    {
        lock (_gate)
        {
            if (_isClosed || _order.IsFinished || _order.IsFailed || !(_order.IsStarted || _startIsElsewhere))
            {
                return;
            }

            EndParts();
            if (isStopped)
            {
                Admit(new AbortChunk());
            }

            if (_order.IsStepOpen || _stepIsElsewhere)
            {
                Admit(new FinishStepChunk());
            }

            Admit(new FinishChunk(finishReason));
        }
    }

    /// <summary>Says why the turn is about to fail, in a form programs can read, if there is one.</summary>
    public void Explain(Exception error)
    {
        lock (_gate)
        {
            if (error is BudgetExceededException exceeded && !_isClosed && !_order.IsFinished && !_order.IsFailed)
            {
                EndParts();
                Open(needsStep: false);
                Admit(new DataChunk("budget-exceeded", UIJson.ToElement(new
                {
                    scope = BudgetExceededException.Name(exceeded.Scope),
                    kind = BudgetExceededException.Name(exceeded.Kind),
                    limit = exceeded.Limit,
                    used = exceeded.Used,
                })));
            }
        }
    }

    /// <summary>Says that the turn failed. Readers read nothing after it.</summary>
    public void Fail(string errorText)
    {
        lock (_gate)
        {
            if (!_isClosed && !_order.IsFailed)
            {
                Admit(new ErrorChunk(errorText));
            }
        }
    }

    /// <summary>From now on writing throws: the turn is over.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
        }
    }

    /// <summary>The message as it stands; null if it has no content.</summary>
    public UIMessage? Build()
    {
        lock (_gate)
        {
            return _hasContent || IsContinued ? _builder.Build() : null;
        }
    }

    private static bool EndsText(UIMessageChunk chunk) => chunk is TextStartChunk or ReasoningStartChunk or ToolInputStartChunk or ToolInputAvailableChunk
        or ToolInputErrorChunk or StartStepChunk or FinishStepChunk or FinishChunk or AbortChunk;

    private static bool IsStructure(UIMessageChunk chunk) => chunk is StartChunk or StartStepChunk or TextStartChunk or ReasoningStartChunk
        or FinishStepChunk or TextEndChunk or ReasoningEndChunk or FinishChunk or AbortChunk;

    private void EndText()
    {
        if (_text is { } open)
        {
            _text = null;
            Admit(new TextEndChunk(open));
        }
    }

    private void EndParts()
    {
        _text = null;
        foreach (UIMessageChunk end in _order.EndsOfOpenParts())
        {
            Admit(end);
        }
    }

    private ValueTask Admit(UIMessageChunk chunk)
    {
        if (_held is null)
        {
            return Put(chunk);
        }

        ValueTask added = default;
        foreach (UIMessageChunk free in _held.Take(chunk))
        {
            added = Put(free);
        }

        return added;
    }

    private ValueTask Put(UIMessageChunk chunk)
    {
        if (chunk is TextDeltaChunk { ProviderMetadata: null, Extra: null } delta)
        {
            return Put(delta);
        }

        bool isStructure = IsStructure(chunk);
        _stepIsElsewhere &= chunk is not (FinishStepChunk or StartStepChunk);
        ReadOnlySpan<byte> json = OutWriter.Serialise(chunk);
        _order.Accept(chunk);
        _builder.Apply(chunk);
        Version++;
        _hasContent |= !isStructure && chunk is not (DataChunk { Transient: true } or ErrorChunk);
        return _writer.AddAsync(json, isContent: !isStructure);
    }

    /// <summary>Most of an answer is plain text, which has a way of its own to its record.</summary>
    private ValueTask Put(TextDeltaChunk delta)
    {
        _order.Accept(delta);
        if (!_writer.TryAddText(delta.Id, delta.Delta, out ValueTask added))
        {
            added = _writer.AddAsync(OutWriter.Serialise(delta), isContent: true);
        }

        _builder.Apply(delta);
        Version++;
        _hasContent = true;
        return added;
    }

    private void ThrowIfClosed()
    {
        if (_isClosed)
        {
            throw new InvalidOperationException("The turn is over; nothing can be written to it any more.");
        }
    }
}
