using System.Buffers;
using AgentSessions.Agents;
using AgentSessions.Core.Redaction;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Runs.Writing;

/// <summary>The one writer of a run's <c>out</c>: gathers records while a commit is under way and submits them as soon as it is durable.</summary>
/// <remarks>
/// <para>At most one commit is in flight. There are two artificial delays: chunks that only open something wait for the first content, so
/// that a turn's start, its saved question and its first words are one commit; and while the processor is busy the commits of an answer are
/// kept apart (see <see cref="GatherDelay"/>). A turn's first words, its end and what somebody flushes never wait.</para>
/// <para>Every commit names the run version and the tail. A writer that lost the session throws <see cref="LostClaimException"/> from then
/// on and what was pending is dropped; readers see a batch only after its commit.</para>
/// </remarks>
internal sealed partial class OutWriter : IDisposable
{
    /// <summary>The wire's limit of a stored record, less its fixed cost and the envelope (wire document, section 3).</summary>
    public const int MaxChunkBytes = (1024 * 1024) - 64;

    private const int KeptScratchBytes = 64 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _scratch;

    private readonly Lock _gate = new();
    private readonly ISessionStore _store;
    private readonly StreamHub _hub;
    private readonly RunStart _run;
    private readonly StreamId _stream;
    private readonly TimeProvider _time;
    private readonly OutWriterOptions _options;
    private readonly OutRetention _retention;
    private readonly ILogger _logger;
    private readonly CancellationToken _aborted;
    private readonly ITimer _timer;

    private RecordBatchBuilder? _builder;
    private int _capacity = 1024;
    private Cursor _tail;
    private CommitRider? _rider;
    private TaskCompletionSource? _room;
    private TaskCompletionSource? _durable;
    private TaskCompletionSource? _inFlight;
    private Exception? _ended;
    private bool _isDue;
    private bool _isHeld;
    private bool _isPumping;
    private bool _turnLives;
    private bool _hasFirstContent;
    private bool _isGathering;
    private long _lastWrite;
    private long _lastCommit;
    private long _timerAt = long.MaxValue;
    private long _lastBoundary;
    private long _newestTimestamp;
    private DateTimeOffset _clock;
    private long _clockReadAt;
    private Action? _onFirstContent;
    private Action? _onFirstDurable;

    public OutWriter(
        ISessionStore store, StreamHub hub, RunStart run, TimeProvider time, OutWriterOptions options, ILogger logger, CancellationToken aborted)
    {
        _store = store;
        _hub = hub;
        _run = run;
        _stream = StreamId.Out(run.Session.Key);
        _time = time;
        _options = options;
        _retention = new OutRetention(store, _stream, options.RetentionIn?.Invoke(_stream.Session.Environment) ?? options.Retention, time);
        _logger = logger;
        _aborted = aborted;
        _tail = run.OutTail;
        _lastBoundary = run.Progress.LastBoundary;
        _newestTimestamp = run.OutTailTimestamp;
        _timer = time.CreateTimer(static writer => ((OutWriter)writer!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Takes out of chunks what must not be kept; null for nothing.</summary>
    public TextRedaction? Redaction { get; init; }

    /// <summary>What keeps the commits of an answer apart while the processor is busy; null for nothing.</summary>
    public Gathering? Gathering { get; init; }

    /// <summary>Fires once when the writer ends: the session was lost, or the store holds something it must not.</summary>
    public event Action<Exception>? Ended;

    /// <summary>A chunk's JSON. The bytes are good until this thread serialises the next chunk.</summary>
    /// <exception cref="ChunkTooLargeException">The chunk does not fit into a record.</exception>
    public static ReadOnlySpan<byte> Serialise(UIMessageChunk chunk)
    {
        ArrayBufferWriter<byte> scratch = _scratch ??= new ArrayBufferWriter<byte>(512);
        scratch.ResetWrittenCount();
        UIMessageChunkWriter.Write(chunk, scratch);
        if (scratch.Capacity > KeptScratchBytes)
        {
            _scratch = null;
        }

        return scratch.WrittenCount <= MaxChunkBytes
            ? scratch.WrittenSpan
            : throw new ChunkTooLargeException(chunk.Type, scratch.WrittenCount, MaxChunkBytes);
    }

    /// <summary>Adds a chunk. It is durable later; <see cref="FlushAsync"/> tells when.</summary>
    /// <param name="chunk">The chunk's JSON.</param>
    /// <param name="isContent">False for a chunk that only opens or closes something: it waits a moment for content to share a commit with.</param>
    /// <returns>Completes at once unless much is pending already.</returns>
    /// <exception cref="LostClaimException">Another run owns the session.</exception>
    public ValueTask AddAsync(ReadOnlySpan<byte> chunk, bool isContent)
    {
        if (Redaction?.Changed(chunk) is { } redacted)
        {
            chunk = redacted;
        }

        lock (_gate)
        {
            ThrowIfEnded();
            Builder().AddChunk(chunk, Now());
            return Added(isContent);
        }
    }

    /// <summary>Adds a text delta that needs no escapes without serialising it twice.</summary>
    /// <param name="id">The part's id.</param>
    /// <param name="delta">The text.</param>
    /// <param name="added">Completes as <see cref="AddAsync"/> does.</param>
    /// <returns>False, and nothing was added, if it has to be added as JSON.</returns>
    /// <exception cref="LostClaimException">Another run owns the session.</exception>
    public bool TryAddText(string id, string delta, out ValueTask added)
    {
        lock (_gate)
        {
            ThrowIfEnded();
            if (!Builder().TryAddTextDelta(id, Redaction?.Text(delta) ?? delta, Now()))
            {
                added = default;
                return false;
            }

            added = Added(isContent: true);
            return true;
        }
    }

    /// <summary>Adds a control record and makes what is pending due.</summary>
    public ValueTask WriteControlAsync(params ReadOnlySpan<RecordHeader> headers)
    {
        lock (_gate)
        {
            ThrowIfEnded();
            Builder().Add(default, headers, Now());
            Submit();
            return Written();
        }
    }

    /// <summary>Sends something along with the next records, or at the latest with the next flush.</summary>
    public async ValueTask RideAsync(CommitRider rider)
    {
        while (true)
        {
            lock (_gate)
            {
                ThrowIfEnded();
                if (CommitRider.Join(_rider, rider) is { } joined)
                {
                    _rider = joined;
                    SetTimer(_options.StructureDelay);
                    return;
                }
            }

            await FlushAsync();
        }
    }

    /// <summary>Waits until everything added so far is durable.</summary>
    public Task FlushAsync()
    {
        lock (_gate)
        {
            ThrowIfEnded();
            if (_builder is { Count: > 0 } || _rider is not null)
            {
                _durable ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                Task durable = _durable.Task;
                Submit();
                return durable;
            }

            if (!_isPumping)
            {
                return Task.CompletedTask;
            }

            _inFlight ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _inFlight.Task;
        }
    }

    /// <summary>Writes the boundary and, in the same commit, what goes along with it and the trim of what need not be kept.</summary>
    /// <param name="headers">The boundary record's headers.</param>
    /// <param name="after">The headers of a control record that follows the boundary, or null.</param>
    /// <param name="ride">Makes what goes along, given the boundary's sequence.</param>
    /// <returns>The boundary's sequence, once it is durable.</returns>
    public async Task<long> CompleteTurnAsync(RecordHeader[] headers, RecordHeader[]? after, Func<long, CommitRider> ride)
    {
        Cursor? trim = await _retention.FirstKeptAsync(_lastBoundary, _aborted);
        while (!TryAddBoundary(headers, after, trim, ride))
        {
            await FlushAsync();
        }

        await FlushAsync();
        return _lastBoundary;
    }

    /// <summary>Keeps records back until <see cref="Release"/>, for work that has to be done before anything is seen.</summary>
    public void Hold()
    {
        lock (_gate)
        {
            _isHeld = true;
        }
    }

    /// <summary>Lets held records go.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _isHeld = false;
            if (_isDue)
            {
                Submit();
            }
        }
    }

    /// <summary>A turn begins: from here on silence is answered with keep-alive records.</summary>
    /// <param name="onFirstContent">Called once, when the turn's first content is durable; it must be quick.</param>
    public void BeginTurn(Action? onFirstContent = null)
    {
        lock (_gate)
        {
            _turnLives = true;
            _hasFirstContent = false;
            _onFirstContent = onFirstContent;
            _lastWrite = _time.GetTimestamp();
            SetTimer(_options.KeepAlive);
        }
    }

    /// <summary>A turn has ended and everything of it is durable: gives the buffers back.</summary>
    public void EndTurn()
    {
        lock (_gate)
        {
            _turnLives = false;
            _onFirstContent = _onFirstDurable = null;
            if (_builder is { Count: 0 })
            {
                _tail = _builder.Tail;
                _capacity = _builder.Capacity;
                _builder = null;
            }
        }
    }

    public void Dispose() => _timer.Dispose();

    private bool TryAddBoundary(RecordHeader[] headers, RecordHeader[]? after, Cursor? trim, Func<long, CommitRider> ride)
    {
        lock (_gate)
        {
            ThrowIfEnded();
            if (CommitRider.Join(_rider, ride(Builder().Tail.Value) with { TrimOutBefore = trim }) is not { } joined)
            {
                return false;
            }

            _rider = joined;
            Builder().Add(default, headers, Now());
            if (trim is { } firstKept)
            {
                Builder().AddTrim(firstKept, Now());
            }

            if (after is not null)
            {
                Builder().Add(default, after, Now());
            }

            return true;
        }
    }

    private RecordBatchBuilder Builder() => _builder ??= new RecordBatchBuilder(_tail, _capacity);

    private ValueTask Added(bool isContent)
    {
        if (isContent)
        {
            _onFirstDurable ??= _onFirstContent;
            _onFirstContent = null;
            SubmitInTime();
            _hasFirstContent = true;
        }
        else if (!_isDue)
        {
            SetTimer(_options.StructureDelay);
        }

        return Written();
    }

    private ValueTask Written()
    {
        if (_builder!.Length < _options.PendingBytes)
        {
            return default;
        }

        Submit();
        if (_builder is null || _builder.Count == 0)
        {
            return default;
        }

        _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return new ValueTask(_room.Task);
    }

    private void ThrowIfEnded()
    {
        if (_ended is not null)
        {
            throw _ended is LostClaimException ? new LostClaimException() : new InvalidOperationException("The run's out can no longer be written.", _ended);
        }

        _aborted.ThrowIfCancellationRequested();
    }
}
