namespace AgentSessions.Orleans.Streams.Direct;

/// <summary>Tells one node what this process follows: one call is under way, and what changes meanwhile goes with the next.</summary>
/// <param name="tell">Calls the node; false if it wants to hear everything anew.</param>
/// <param name="follower">This process.</param>
/// <param name="everything">All streams that this process follows.</param>
/// <param name="told">Called with streams that the node knows of from now on.</param>
/// <param name="failing">Told once of a node that has not been reached for as long as <see cref="Patience"/> says, until it is reached again.</param>
/// <param name="time">Measures calls, and the pause after a failure.</param>
internal sealed class FollowLink(
    Func<FollowNews, Task<bool>> tell, string follower, Func<IReadOnlyCollection<StreamId>> everything, Action<IEnumerable<StreamId>> told,
    Action<Exception> failing, TimeProvider time)
{
    /// <summary>A call that takes longer is given up, and a node that cannot be told for longer is talked of: one that starts or dies may need as long.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private Dictionary<StreamId, bool> _changes = [];
    private long _number;
    private bool _isAsked;
    private bool _isTelling;
    private long? _failingSince;
    private bool _isTalkedOf;
    private volatile bool _isOver;

    /// <summary>Tells of a stream that is followed from now on, or not any more.</summary>
    public void Add(StreamId stream, bool isFollowed)
    {
        lock (_gate)
        {
            _changes[stream] = isFollowed;
        }

        Ask();
    }

    /// <summary>Tells what has changed, or that nothing has: a node that lost what it knew then says so.</summary>
    public void Ask()
    {
        lock (_gate)
        {
            _isAsked = true;
            if (_isTelling || _isOver)
            {
                return;
            }

            _isTelling = true;
        }

        _ = Task.Run(TellAsync);
    }

    /// <summary>Ends this: the node is gone.</summary>
    public void End() => _isOver = true;

    private async Task TellAsync()
    {
        TimeSpan pause = _firstPause;
        while (!_isOver && TryTake(out Dictionary<StreamId, bool> changes))
        {
            try
            {
                await TellAsync(changes);
                pause = _firstPause;
                (_failingSince, _isTalkedOf) = (null, false);
            }
            catch (Exception exception)
            {
                TalkOf(exception);

                // It is told everything anew; until then its streams' readers here look at the store. One that has just come answers soon.
                _number = 0;
                await Task.Delay(pause, time);
                pause = pause * 2 < _longestPause ? pause * 2 : _longestPause;
                Ask();
            }
        }
    }

    private void TalkOf(Exception exception)
    {
        _failingSince ??= time.GetTimestamp();
        if (!_isTalkedOf && !_isOver && time.GetElapsedTime(_failingSince.Value) >= Patience)
        {
            _isTalkedOf = true;
            failing(exception);
        }
    }

    private async Task TellAsync(Dictionary<StreamId, bool> changes)
    {
        if (_number > 0 && await tell(News(_number, changes)).WaitAsync(Patience, time))
        {
            _number++;
        }
        else
        {
            changes = everything().ToDictionary(static stream => stream, static _ => true);
            await tell(News(0, changes)).WaitAsync(Patience, time);
            _number = 1;
        }

        told(changes.Where(static change => change.Value).Select(static change => change.Key));
    }

    private FollowNews News(long number, Dictionary<StreamId, bool> changes) => new()
    {
        Follower = follower,
        Number = number,
        Added = [.. changes.Where(static change => change.Value).Select(static change => StreamName.Of(change.Key))],
        Removed = [.. changes.Where(static change => !change.Value).Select(static change => StreamName.Of(change.Key))],
        HearsInterruptions = true,
    };

    private bool TryTake(out Dictionary<StreamId, bool> changes)
    {
        lock (_gate)
        {
            changes = _changes;
            _changes = [];
            _isTelling = _isAsked;
            _isAsked = false;
            return _isTelling;
        }
    }
}
