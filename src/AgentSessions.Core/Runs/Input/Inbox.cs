using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Runs.Input;

/// <summary>What has come in for a run: messages in order, stops at once, and how far input is consumed.</summary>
/// <remarks>
/// <para>The resume floor is held back below every message that is queued or being answered, so a successor that starts from it misses
/// nothing; taking a message does not lift the floor, completing it does.</para>
/// <para>Records arrive on the reader's thread, everything else happens on the run's.</para>
/// </remarks>
internal sealed partial class Inbox
{
    private readonly Lock _gate = new();
    private readonly List<InputRecord> _queue = [];
    private readonly List<long> _taken = [];
    private bool _takesHandovers;
    private long _seen;
    private TaskCompletionSource? _bell;
    private Action<InputRecord>? _observer;

    /// <param name="seen">The highest sequence that was consumed before.</param>
    /// <param name="takesHandovers">Whether handovers are queued; otherwise they hold nothing back.</param>
    public Inbox(long seen, bool takesHandovers = false)
    {
        _seen = seen;
        _takesHandovers = takesHandovers;
    }

    /// <summary>Fires on the reader's thread when a record lands that asks the run to end.</summary>
    public event Action? CloseReceived;

    /// <summary>Fires on the reader's thread after each record, with its sequence.</summary>
    public event Action<long>? Received;

    /// <summary>Takes in a record.</summary>
    /// <param name="record">The next of its stream.</param>
    /// <param name="isOld">Whether it is from before the run: its stop, if it is one, has acted or never will.</param>
    public void Receive(InputRecord record, bool isOld = false)
    {
        TakeIn(record, isOld);
        Received?.Invoke(record.Sequence);
    }

    /// <summary>Wakes whoever waits, for a reason other than input.</summary>
    public void Ring()
    {
        lock (_gate)
        {
            _bell?.TrySetResult();
            _bell = null;
        }
    }

    /// <summary>The next record of a turn's making, if there is one. It stays owed until <see cref="Complete"/>.</summary>
    public InputRecord? TryTake()
    {
        lock (_gate)
        {
            int next = NextMessage;
            return next < 0 ? null : Take(next);
        }
    }

    /// <summary>The next record of a turn's making or handover, whichever was first.</summary>
    public InputRecord? TryTakeAny()
    {
        lock (_gate)
        {
            int next = NextTurn;
            return next < 0 ? null : Take(next);
        }
    }

    /// <summary>Takes one record out of its order; false if it was taken already.</summary>
    public bool TryTake(InputRecord record)
    {
        lock (_gate)
        {
            int place = _queue.IndexOf(record);
            if (place < 0)
            {
                return false;
            }

            Take(place);
            return true;
        }
    }

    /// <summary>Puts a record back where it was.</summary>
    public void Untake(InputRecord record)
    {
        lock (_gate)
        {
            if (_taken.Remove(record.Sequence))
            {
                int place = _queue.FindIndex(queued => queued.Sequence > record.Sequence);
                _queue.Insert(place < 0 ? _queue.Count : place, record);
            }
        }
    }

    /// <summary>The queued records, in order.</summary>
    public IReadOnlyList<InputRecord> Peek()
    {
        lock (_gate)
        {
            return [.. _queue];
        }
    }

    /// <summary>Replaces messages that wait by others, which come first; those without a record of their own hold nothing back.</summary>
    /// <param name="waiting">The records in question. Those that are not to be answered come before all as dropped ones.</param>
    /// <param name="messages">What to answer instead, in order.</param>
    public void Redispatch(IReadOnlyList<InputRecord> waiting, IReadOnlyList<UIMessage> messages)
    {
        lock (_gate)
        {
            long floor = waiting.Count == 0 ? _seen : waiting[^1].Sequence;
            InputRecord[] chosen = [.. messages.Select(message =>
                waiting.FirstOrDefault(record => record.Message!.Id == message.Id)?.With(message) ?? InputRecord.Of(floor, message))];
            InputRecord[] dropped = [.. waiting.Where(record => !messages.Any(message => message.Id == record.Message!.Id))];
            foreach (InputRecord record in dropped)
            {
                // Its sender waits for a boundary, and may have been promised to be told of its turn.
                record.IsDropped = true;
            }

            _queue.RemoveAll(waiting.Contains);
            _queue.InsertRange(0, [.. dropped, .. chosen]);
        }
    }

    /// <summary>Whether a record of a turn's making is queued.</summary>
    public bool HasMessage
    {
        get
        {
            lock (_gate)
            {
                return NextMessage >= 0;
            }
        }
    }

    /// <summary>Takes a handover or its calling off, if one has come.</summary>
    public InputRecord? TryTakeHandover()
    {
        lock (_gate)
        {
            int place = _queue.FindIndex(static record => record.Route is InputRoute.Handover or InputRoute.HandoverSkip);
            return place < 0 ? null : Take(place);
        }
    }

    /// <summary>Drops handovers, those to come as well: they are only good until the first boundary.</summary>
    public void DropHandovers()
    {
        lock (_gate)
        {
            _takesHandovers = false;
            _queue.RemoveAll(static record => record.Route is InputRoute.Handover or InputRoute.HandoverSkip);
        }
    }

    /// <summary>Completes once a message is queued, at once if one is; also when somebody rings.</summary>
    public Task WaitAsync()
    {
        lock (_gate)
        {
            if (NextMessage >= 0)
            {
                return Task.CompletedTask;
            }

            return NextRing();
        }
    }

    /// <summary>Completes at the next record or ring, whatever is queued already.</summary>
    public Task WaitForNextAsync()
    {
        lock (_gate)
        {
            return NextRing();
        }
    }

    /// <summary>Shows messages to the turn as they come. They stay queued.</summary>
    public void Observe(Action<InputRecord> observer)
    {
        lock (_gate)
        {
            _observer = observer;
        }
    }

    /// <summary>Both cursors as they are once everything that was taken is done.</summary>
    public (long Floor, long AppliedThrough) CursorsWhenDone()
    {
        lock (_gate)
        {
            return (QueueFloor, _seen);
        }
    }

    /// <summary>Both cursors as they are.</summary>
    public (long Floor, long AppliedThrough) Cursors()
    {
        lock (_gate)
        {
            return (_taken.Count == 0 ? QueueFloor : Math.Min(QueueFloor, _taken.Min() - 1), _seen);
        }
    }

    /// <summary>What was taken is answered: it no longer holds the floor.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _taken.Clear();
        }
    }

    /// <summary>Where the next record of a turn's making is queued, or -1.</summary>
    private int NextMessage => _queue.FindIndex(static record => record.Route == InputRoute.Message);

    /// <summary>Where the next record of a turn's making or handover is queued, or -1.</summary>
    private int NextTurn => _queue.FindIndex(static record => record.Route is InputRoute.Message or InputRoute.Handover);

    /// <summary>Below every record that is queued; recovered ones need not be in order.</summary>
    private long QueueFloor => _queue.Count == 0 ? _seen : Math.Min(_seen, _queue.Min(static record => record.Sequence) - 1);

    /// <summary>A task whose completion runs what is attached to it at once, with the gate held: wait for it by <see cref="TimedWait"/>, which only hands over to the run.</summary>
    private Task NextRing() => (_bell ??= new TaskCompletionSource()).Task;

    private void TakeIn(InputRecord record, bool isOld)
    {
        Action? stopped = null;
        Action<InputRecord>? observer = null;
        lock (_gate)
        {
            _seen = Math.Max(_seen, record.Sequence);
            if (!(record.Route == InputRoute.Stop ? TryStop(record, isOld, out stopped) : TryQueue(record, out observer)))
            {
                return;
            }

            _bell?.TrySetResult();
            _bell = null;
        }

        stopped?.Invoke();
        observer?.Invoke(record);
        if (record is { Route: InputRoute.Message, Trigger: InputTrigger.Close })
        {
            CloseReceived?.Invoke();
        }
    }

    /// <returns>False if it is nothing that a run takes from the queue.</returns>
    private bool TryQueue(InputRecord record, out Action<InputRecord>? observer)
    {
        observer = _observer;
        bool isTaken = record.Route == InputRoute.Message
            ? record.Trigger is not (InputTrigger.Preload or InputTrigger.HandoverPrepare)
            : record.Route is InputRoute.Handover or InputRoute.HandoverSkip && _takesHandovers;
        if (isTaken)
        {
            _queue.Add(record);
        }

        return isTaken;
    }

    private bool IsQueued(long sequence) => _queue.Exists(record => record.Sequence == sequence);

    private InputRecord Take(int place)
    {
        InputRecord record = _queue[place];
        _queue.RemoveAt(place);
        _taken.Add(record.Sequence);
        return record;
    }
}
