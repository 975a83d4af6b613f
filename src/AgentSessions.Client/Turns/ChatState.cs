using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Client.Turns;

/// <summary>How far a chat has read, and what it knows of the turn it is in. Thread-safe.</summary>
internal sealed class ChatState(long? lastSequence)
{
    private readonly Lock _lock = new();
    private long? _lastSequence = lastSequence;
    private ChatPlace _place = ChatPlace.Unknown;

    /// <summary>The chat's own records that cause no turn.</summary>
    public SilentInputs Silent { get; } = new();

    /// <summary>Told up to which input all are answered, as boundaries are read.</summary>
    public Action<long>? Answered { get; init; }

    /// <summary>The newest answer that was read to its end.</summary>
    public UIMessage? LastMessage { get; private set; }

    /// <summary>The fold of the turn that the last reader left in its middle; null at rest.</summary>
    public AnswerFold? Unfinished { get; private set; }

    /// <summary>The last <c>out</c> sequence that was handed to the caller; null before the first.</summary>
    public long? LastSequence
    {
        get
        {
            lock (_lock)
            {
                return _lastSequence;
            }
        }
    }

    /// <summary>Where reading goes on.</summary>
    public Cursor Next => LastSequence is long seen ? Cursor.After(seen) : Cursor.Start;

    public ChatPlace Place
    {
        get
        {
            lock (_lock)
            {
                return _place;
            }
        }
    }

    /// <summary>A record was handed to the caller: from here on a turn is running.</summary>
    /// <param name="sequence">Its number.</param>
    /// <param name="fold">The answer it belongs to, or null for a record that belongs to none.</param>
    /// <param name="wentBack">Whether the stream itself went back, so that a lower number is news.</param>
    public void Seen(long sequence, AnswerFold? fold, bool wentBack)
    {
        lock (_lock)
        {
            if (Moves(sequence, wentBack) && fold is not null)
            {
                _place = ChatPlace.Unknown;
                Unfinished = fold;
            }
        }
    }

    /// <summary>A boundary was read, with the answer before it if that was this chat's.</summary>
    public void AtBoundary(long sequence, long? floor, UIMessage? answer, bool wentBack)
    {
        lock (_lock)
        {
            if (Moves(sequence, wentBack))
            {
                _place = new ChatPlace(true, floor);
                Unfinished = null;
            }

            LastMessage = answer ?? LastMessage;
        }

        if (floor is { } answered)
        {
            Answered?.Invoke(answered);
        }
    }

    /// <summary>The stream was found at rest, and everything in it has been read.</summary>
    /// <param name="floor">The resume floor of its last boundary; null if that was not seen or carries none.</param>
    public void AtRest(long? floor)
    {
        lock (_lock)
        {
            _place = _place.IsAtRest ? _place : new ChatPlace(true, floor);
            Unfinished = null;
        }
    }

    /// <summary>The session is new: nothing known of one that had the same id holds.</summary>
    public void BeginAnew()
    {
        lock (_lock)
        {
            _lastSequence = null;
            _place = ChatPlace.Beginning;
            LastMessage = null;
            Unfinished = null;
        }
    }

    private bool Moves(long sequence, bool wentBack)
    {
        if (sequence <= _lastSequence && !wentBack)
        {
            return false;
        }

        _lastSequence = sequence;
        return true;
    }
}
