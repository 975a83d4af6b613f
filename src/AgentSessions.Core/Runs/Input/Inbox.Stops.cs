namespace AgentSessions.Core.Runs.Input;

/// <content>Stops: of the turn that lives, of one that is about to begin, of its last hook.</content>
internal sealed partial class Inbox
{
    private HashSet<long>? _stopped;
    private long _answering = -1;
    private long _answered = -1;
    private Action? _stop;
    private Action? _lateStop;

    // Whether the turn that lives is being stopped, and the newest stop that ended something.
    private bool _isStopping;
    private long _lastStop = -1;

    /// <summary>Fires on the reader's thread when a stop lands for a message that waits.</summary>
    public event Action? MessageStopped;

    /// <summary>Whether a message waits whose turn is stopped before it begins.</summary>
    public bool HasStoppedMessage
    {
        get
        {
            lock (_gate)
            {
                return _queue.Exists(IsStopped);
            }
        }
    }

    /// <summary>Whether the record whose turn is next, a message or a handover, is stopped before it begins.</summary>
    public bool IsNextStopped
    {
        get
        {
            lock (_gate)
            {
                return NextTurn is >= 0 and var next && IsStopped(_queue[next]);
            }
        }
    }

    /// <summary>The next record of a turn's making or handover, if its turn is stopped before it begins.</summary>
    public InputRecord? TryTakeStopped()
    {
        lock (_gate)
        {
            int next = NextTurn;
            return next >= 0 && IsStopped(_queue[next]) ? Take(next) : null;
        }
    }

    /// <summary>From now on a stop ends the turn that begins; one that was too early ends it at once.</summary>
    /// <param name="record">The turn's own record, or null.</param>
    /// <param name="stop">Called at most once for each stop, on the reader's thread.</param>
    public void BeginTurn(InputRecord? record, Action stop)
    {
        bool isStopped;
        lock (_gate)
        {
            _stop = stop;
            _answering = record?.Sequence ?? -1;
            isStopped = _stopped?.Remove(_answering) == true || record is { IsStopped: true };
            _isStopping = isStopped;
        }

        if (isStopped)
        {
            stop();
        }
    }

    /// <summary>Stops no longer have a turn to end.</summary>
    public void EndTurn()
    {
        lock (_gate)
        {
            _stop = null;
            _lateStop = null;
            _answering = _answered = -1;
            _isStopping = false;
            _observer = null;
        }
    }

    /// <summary>The turn is complete but for its last hook: until it ends, stops are told to whoever waits for that.</summary>
    /// <param name="record">The turn's own record, or null. A stop of it that came when there was no turn to end any more is told at once.</param>
    /// <param name="stop">Called for each stop, on the reader's thread.</param>
    public void BeginLastHook(InputRecord? record, Action stop)
    {
        bool isStopped;
        lock (_gate)
        {
            _lateStop = stop;
            _answered = record?.Sequence ?? -1;
            isStopped = _stopped?.Remove(_answered) == true;
        }

        if (isStopped)
        {
            stop();
        }
    }

    /// <summary>Finds what a stop is meant for.</summary>
    /// <param name="stop">The stop.</param>
    /// <param name="isOld">Whether it is from before the run.</param>
    /// <param name="stopped">Tells whoever is at work on it; null for nobody.</param>
    /// <returns>False if it is meant for nothing that is here.</returns>
    private bool TryStop(InputRecord stop, bool isOld, out Action? stopped)
    {
        stopped = null;
        if (stop.Terms?.Stops is { } target)
        {
            if (target == _answered)
            {
                stopped = _lateStop;
                return true;
            }

            if (target != _answering)
            {
                // Meant for one message that waits or is about to be answered; an old one still holds for it.
                if (!_taken.Contains(target) && !IsQueued(target))
                {
                    return false;
                }

                (_stopped ??= []).Add(target);
                _lastStop = stop.Sequence;
                stopped = MessageStopped;
                return true;
            }
        }

        if (isOld)
        {
            return false;
        }

        // What is being stopped already needs no further one: that is meant for the message that was sent behind the stop before.
        bool isAgain = stop.Terms?.Stops is null && (_stop is null ? NextMessageOfUsers is { } first && IsStopped(first) : _isStopping);
        InputRecord? next = isAgain ? _queue.Find(queued => IsOfUsers(queued) && queued.Sequence > _lastStop && !IsStopped(queued)) : NextMessageOfUsers;
        if (_stop is not null && !(isAgain && next is not null))
        {
            _isStopping = true;
            _lastStop = stop.Sequence;
            stopped = _stop;
            return true;
        }

        stopped = _stop is null ? _lateStop : null;
        if (next is not null)
        {
            // Sent right after its message and read before the message's turn began.
            next.IsStopped = true;
            _lastStop = stop.Sequence;
            stopped += MessageStopped;
        }

        return true;
    }

    private InputRecord? NextMessageOfUsers => _queue.Find(IsOfUsers);

    private static bool IsOfUsers(InputRecord record) => record.Trigger != InputTrigger.Close;

    private bool IsStopped(InputRecord record) => record.IsStopped || _stopped?.Contains(record.Sequence) == true;
}
