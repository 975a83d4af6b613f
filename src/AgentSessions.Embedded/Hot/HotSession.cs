using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Embedded.Entries;
using AgentSessions.Embedded.Journal;
using AgentSessions.Embedded.Sqlite;

namespace AgentSessions.Embedded.Hot;

/// <summary>One session in memory, or the fact that there is none under its key.</summary>
/// <remarks>
/// What readers see is guarded by <see cref="Gate"/> and changed only by <see cref="Apply"/> and <see cref="Delete"/>, after the change is
/// durable. What the database lacks is kept here until it is flushed: the row and progress as they are now, changes to the transcript and
/// runs one by one, and records as places in the journal.
/// </remarks>
internal sealed class HotSession : HotEntry<SessionKey>
{
    private readonly Dictionary<string, HotStream> _channels = [];

    public HotSession(SessionKey key, StoredSession? stored)
        : base(key)
    {
        Number = stored?.Number ?? 0;
        Version = stored?.Version ?? 0;
        Row = stored?.Row;
        Progress = stored?.Progress ?? SessionProgress.None;
        In = new HotStream(stored?.In ?? default);
        Out = new HotStream(stored?.Out ?? default);
        foreach ((string name, StoredStream stream) in stored?.Channels ?? new Dictionary<string, StoredStream>())
        {
            _channels.Add(name, new HotStream(stream));
        }
    }

    public Lock Gate { get; } = new();

    /// <summary>Its number in the store; 0 if there is no such session.</summary>
    public long Number { get; private set; }

    public long Version { get; private set; }

    public SessionRow? Row { get; private set; }

    public SessionProgress Progress { get; private set; }

    public HotStream In { get; private set; }

    public HotStream Out { get; private set; }

    public IReadOnlyDictionary<string, HotStream> Channels => _channels;

    /// <summary>Changes to the transcript that the database lacks, with the frames that brought them.</summary>
    public List<(long Sequence, TranscriptDelta Delta)> PendingTranscript { get; } = [];

    /// <summary>Runs that the database lacks or has an older state of.</summary>
    public Dictionary<string, RunRow> PendingRuns { get; } = [];

    /// <summary>Whether the row has changed since it was last taken to be flushed.</summary>
    public bool IsRowDirty { get; set; }

    /// <summary>Whether a row is on its way to the database.</summary>
    public bool IsRowFlushing { get; set; }

    /// <summary>Whether the database lacks the row as it is: lists must wait for the next flush, which begins when the one under way has ended.</summary>
    public bool LacksRow
    {
        get
        {
            lock (Gate)
            {
                return IsRowDirty || IsRowFlushing;
            }
        }
    }

    /// <summary>The oldest journal segment that is needed for anything but records; the greatest number if none is.</summary>
    public long OldestNeeded { get; set; } = long.MaxValue;

    /// <summary>The judgement of the writer's current group.</summary>
    public Judgement Judgement { get; } = new();

    /// <summary>What readers get; null if there is no session.</summary>
    public SessionHead? Head
    {
        get
        {
            lock (Gate)
            {
                return Row is null ? null : new SessionHead(Row, Version, In.Bounds, Out.Bounds, Progress);
            }
        }
    }

    public HotStream? Find(StreamId stream) =>
        stream.IsSideChannel ? _channels.GetValueOrDefault(StreamName.Of(stream))
        : stream.Direction == StreamDirection.In ? In
        : Out;

    /// <summary>The session's number and the changes to its transcript that the database lacks.</summary>
    public (long Number, (long Sequence, TranscriptDelta Delta)[] Pending) Transcript
    {
        get
        {
            lock (Gate)
            {
                return (Number, [.. PendingTranscript]);
            }
        }
    }

    /// <summary>Whether the database lacks changes to the transcript.</summary>
    public bool HasPendingTranscript
    {
        get
        {
            lock (Gate)
            {
                return PendingTranscript.Count > 0;
            }
        }
    }

    /// <summary>The session's number and the runs that the database lacks.</summary>
    public (long Number, RunRow[] Pending) Runs
    {
        get
        {
            lock (Gate)
            {
                return (Number, [.. PendingRuns.Values]);
            }
        }
    }

    /// <summary>About how many bytes the database lacks.</summary>
    public long PendingBytes
    {
        get
        {
            lock (Gate)
            {
                return In.Extents.Bytes + Out.Extents.Bytes + _channels.Values.Sum(static stream => stream.Extents.Bytes)
                    + PendingTranscript.Sum(static pending => pending.Delta.Puts.Sum(static put => (long)put.Json.Length))
                    + (IsRowDirty && Row is { } row ? row.TriggerConfig.Length + (row.Metadata?.Length ?? 0) : 0);
            }
        }
    }

    /// <summary>The stream; one that is not there yet is added without records, which nobody can tell from none.</summary>
    public HotStream FindOrAdd(StreamId stream)
    {
        if (Find(stream) is { } found)
        {
            return found;
        }

        lock (Gate)
        {
            var added = new HotStream(default);
            _channels.Add(StreamName.Of(stream), added);
            return added;
        }
    }

    /// <summary>Makes a durable commit visible.</summary>
    public void Apply(AppliedCommit applied, FramePlace place)
    {
        SessionCommit commit = applied.Commit;
        lock (Gate)
        {
            if (applied.Creates)
            {
                Number = applied.Number;
            }

            if (commit.Row is { } row)
            {
                Row = row;
                Version = applied.Version;
                IsRowDirty = true;
            }

            for (int i = 0; i < commit.Appends.Count; i++)
            {
                StreamAppend append = commit.Appends[i];
                FindOrAdd(append.Stream).Append(append.Batch, place.Segment, (int)place.Offset + applied.Offsets[i]);
            }

            if (commit.TrimOutBefore is { } cursor)
            {
                Out.TrimBefore(cursor.Value);
            }

            Progress = commit.Progress ?? Progress;
            if (commit.Transcript is { } transcript)
            {
                PendingTranscript.Add((place.Sequence, transcript));
            }

            for (int i = 0; i < commit.Runs.Count; i++)
            {
                PendingRuns[commit.Runs[i].Id] = commit.Runs[i];
            }

            OldestNeeded = Math.Min(OldestNeeded, place.Segment);
        }
    }

    /// <summary>Makes the entry clean if the database lacks nothing of it.</summary>
    /// <returns>The row, if that is in the database now.</returns>
    public SessionRow? EndFlush()
    {
        lock (Gate)
        {
            IsDirty = OldestNeeded != long.MaxValue
                || In.Extents.Count + Out.Extents.Count > 0
                || _channels.Values.Any(stream => stream.Extents.Count > 0);
            return IsRowDirty ? null : Row;
        }
    }

    /// <summary>Makes a durable deletion visible: the key is free.</summary>
    public void Delete()
    {
        lock (Gate)
        {
            Number = 0;
            Version = 0;
            Row = null;
            Progress = SessionProgress.None;
            In = new HotStream(default);
            Out = new HotStream(default);
            _channels.Clear();
            PendingTranscript.Clear();
            PendingRuns.Clear();
            IsRowDirty = false;
            OldestNeeded = long.MaxValue;
        }
    }
}
