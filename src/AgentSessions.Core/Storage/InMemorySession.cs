using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;

namespace AgentSessions.Core.Storage;

/// <summary>One session of <see cref="InMemorySessionStore"/>.</summary>
internal sealed class InMemorySession
{
    private readonly Dictionary<StreamId, InMemoryStream> _streams = [];

    public SessionRow Row { get; private set; } = null!;

    public long Version { get; private set; }

    public SessionProgress Progress { get; private set; } = SessionProgress.None;

    public TranscriptFold Transcript { get; } = new(StoredTranscript.Empty);

    public Dictionary<string, RunRow> Runs { get; } = [];

    public SessionHead Head => new(
        Row, Version, BoundsOf(StreamId.In(Row.Key)), BoundsOf(StreamId.Out(Row.Key)), Progress);

    public long Bytes => Row.TriggerConfig.Length + (Row.Metadata?.Length ?? 0)
        + _streams.Values.Sum(static stream => stream.Bytes)
        + Transcript.Page(limit: null, before: null).Messages.Sum(static message => (long)message.Json.Length);

    public IEnumerable<string> Channels => _streams.Keys
        .Where(stream => stream.IsSideChannel).Select(stream => stream.Channel).Distinct().Order(StringComparer.Ordinal);

    public StreamBounds BoundsOf(StreamId stream) => Find(stream)?.Bounds ?? StreamBounds.Empty;

    public InMemoryStream? Find(StreamId stream) => _streams.GetValueOrDefault(stream);

    /// <summary>Judges a commit against the session, or against none.</summary>
    public static CommitOutcome Judge(InMemorySession? session, SessionCommit commit)
    {
        bool creates = commit.ExpectedVersion == 0 && commit.Row is not null;
        if ((session is null && !creates) || (commit.ExpectedVersion is { } version && version != (session?.Version ?? 0)))
        {
            return CommitOutcome.VersionMoved;
        }

        if (commit.ExpectedRunVersion is { } runVersion && runVersion != session?.Row.RunVersion)
        {
            return CommitOutcome.RunMoved;
        }

        if (commit.ExpectedInTail is { } tail && tail != (session?.BoundsOf(StreamId.In(commit.Session)) ?? StreamBounds.Empty).Tail)
        {
            return CommitOutcome.TailMoved;
        }

        if (commit.ExpectedBoundary is { } boundary && boundary != (session?.Progress ?? SessionProgress.None).LastBoundary)
        {
            return CommitOutcome.TailMoved;
        }

        foreach (StreamAppend append in commit.Appends)
        {
            StreamBounds bounds = session?.BoundsOf(append.Stream) ?? StreamBounds.Empty;
            if (append.Batch.First != bounds.Tail)
            {
                return CommitOutcome.TailMoved;
            }
        }

        return CommitOutcome.Committed;
    }

    /// <summary>Makes the changes of a commit that was judged good, but for its states.</summary>
    public void Apply(SessionCommit commit)
    {
        if (commit.Row is { } row)
        {
            Row = row;
            Version++;
        }

        foreach (StreamAppend append in commit.Appends)
        {
            if (!_streams.TryGetValue(append.Stream, out InMemoryStream? stream))
            {
                _streams.Add(append.Stream, stream = new InMemoryStream());
            }

            stream.Append(append.Batch);
        }

        if (commit.TrimOutBefore is { } cursor)
        {
            Find(StreamId.Out(commit.Session))?.TrimBefore(cursor);
        }

        Progress = commit.Progress ?? Progress;
        if (commit.Transcript is { } delta)
        {
            Transcript.Apply(delta);
        }

        foreach (RunRow run in commit.Runs)
        {
            Runs[run.Id] = run;
        }
    }
}
