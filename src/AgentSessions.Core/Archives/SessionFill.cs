using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Archives;

/// <summary>Fills a session that an import has claimed: what is large is stored as it comes, the rest in the last commit, which gives the session free.</summary>
internal sealed class SessionFill(ISessionStore store, SessionRow row)
{
    private const int TranscriptBytes = 1024 * 1024;

    private readonly List<RunRow> _runs = [];
    private readonly List<StoredMessage> _messages = [];
    private TranscriptDelta _transcript = new();
    private Cursor? _trim;
    private long _messageBytes;

    /// <summary>The stream that is filled; null for none.</summary>
    public StreamFill? Stream { get; private set; }

    public void Add(RunRow run) => _runs.Add(run);

    public async ValueTask AddAsync(StoredMessage message, CancellationToken cancellationToken)
    {
        _messages.Add(message);
        _messageBytes += message.Json.Length;
        if (_messageBytes > TranscriptBytes)
        {
            await store.CommitOrThrowAsync(
                new SessionCommit { Session = row.Key, Transcript = new TranscriptDelta { Puts = [.. _messages] } }, cancellationToken);
            _messages.Clear();
            _messageBytes = 0;
        }
    }

    /// <summary>Takes what is known of the transcript as a whole.</summary>
    public void Cover(TranscriptLine covered) => _transcript = new TranscriptDelta
    {
        State = covered.State,
        LastOutSequence = covered.LastOutSequence,
        LastInSequence = covered.LastInSequence,
        SavedAt = covered.SavedAt,
    };

    /// <summary>Goes on to a stream.</summary>
    /// <param name="stream">The stream, which is empty.</param>
    /// <param name="first">The sequence of its first record that is not trimmed.</param>
    /// <param name="cancellationToken">Ends the import.</param>
    public async ValueTask OpenAsync(StreamId stream, long first, CancellationToken cancellationToken)
    {
        await CloseStreamAsync(cancellationToken);
        Stream = new StreamFill(store, stream);
        await Stream.SkipToAsync(first, row.CreatedAt.ToUnixTimeMilliseconds(), cancellationToken);
        _trim = stream == StreamId.Out(row.Key) ? new Cursor(first) : _trim;
    }

    /// <summary>Makes the stream that is filled durable, if there is one.</summary>
    public async ValueTask CloseStreamAsync(CancellationToken cancellationToken)
    {
        await (Stream?.FlushAsync(cancellationToken) ?? ValueTask.CompletedTask);
        Stream = null;
    }

    /// <summary>Stores the rest, and the row as it shall be.</summary>
    public async Task FinishAsync(SessionProgress progress, CancellationToken cancellationToken)
    {
        await CloseStreamAsync(cancellationToken);
        SessionHead? claimed = await store.LoadAsync(row.Key, cancellationToken);
        await store.CommitOrThrowAsync(
            new SessionCommit
            {
                Session = row.Key,
                ExpectedVersion = claimed?.Version ?? 0,
                Row = row,
                Progress = progress,
                Transcript = _transcript with { Puts = _messages },
                Runs = _runs,
                TrimOutBefore = _trim > Cursor.Start ? _trim : null,
            },
            cancellationToken);
    }
}
