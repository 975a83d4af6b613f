using AgentSessions.Protocol.Records;

namespace AgentSessions.Orleans.Streams;

/// <summary>What waits to be carried of one stream: at most one event is under way, and what comes meanwhile is joined into the next.</summary>
/// <remarks>One under way, because events sent at once may arrive in any order. What does not fit is dropped: readers see the gap and read the log.</remarks>
internal sealed class StreamOutbox(Func<StreamEvent, Task> send, Action<Exception> failed)
{
    private const int MaxBytes = 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly List<RecordBatch> _pending = [];
    private int _bytes;
    private bool _isDeleted;
    private bool _isSending;
    private bool _isOver;

    /// <summary>Adds a batch; false once the outbox has been given up, which it is when it runs empty.</summary>
    public bool TryAdd(RecordBatch? batch, Action over)
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return false;
            }

            if (batch is null)
            {
                Clear();
                _isDeleted = true;
            }
            else
            {
                Add(batch);
            }

            if (!_isSending)
            {
                _isSending = true;

                // On the pool: the caller may be a grain, and its turn must not wait for this.
                _ = Task.Run(() => SendAsync(over));
            }

            return true;
        }
    }

    private void Add(RecordBatch batch)
    {
        bool follows = _pending.Count == 0 || _pending[^1].Tail == batch.First;
        if (!follows || _bytes + batch.Records.Length > MaxBytes)
        {
            Clear();
        }

        _pending.Add(batch);
        _bytes += batch.Records.Length;
    }

    private void Clear()
    {
        _pending.Clear();
        _bytes = 0;
    }

    private async Task SendAsync(Action over)
    {
        while (Take() is { } next)
        {
            try
            {
                await send(next);
            }
            catch (Exception exception)
            {
                failed(exception);
            }
        }

        over();
    }

    private StreamEvent? Take()
    {
        lock (_gate)
        {
            if (_isDeleted)
            {
                _isDeleted = false;
                return StreamEvent.Deleted;
            }

            if (_pending.Count == 0)
            {
                _isOver = true;
                return null;
            }

            RecordBatch batch = _pending.Count == 1 ? _pending[0] : _pending.Join();
            Clear();
            return StreamEvent.Of(batch);
        }
    }
}
