using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Archives;

/// <summary>Fills a stream that is empty, so that every record gets the number it had.</summary>
/// <remarks>Records that were trimmed before the export are stood in for by empty ones, which the last commit of the import trims again.</remarks>
internal sealed class StreamFill(ISessionStore store, StreamId stream)
{
    private const int BatchBytes = 512 * 1024;

    private readonly RecordBatchBuilder _batch = new(Cursor.Start, BatchBytes / 8);

    /// <summary>The number the next record gets.</summary>
    public long Next => _batch.Tail.Value;

    /// <summary>Stands in for records up to a number.</summary>
    public async ValueTask SkipToAsync(long first, long timestamp, CancellationToken cancellationToken)
    {
        while (Next < first)
        {
            await AddAsync(default, [], timestamp, cancellationToken);
        }
    }

    /// <summary>Adds a record.</summary>
    public ValueTask AddAsync(ReadOnlyMemory<byte> body, RecordHeader[] headers, long timestamp, CancellationToken cancellationToken)
    {
        _batch.Add(body.Span, headers, timestamp);
        return _batch.Length < BatchBytes ? ValueTask.CompletedTask : FlushAsync(cancellationToken);
    }

    /// <summary>Makes what was added durable.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_batch.Take() is { } batch)
        {
            await store.CommitOrThrowAsync(new SessionCommit { Session = stream.Session, Appends = [new StreamAppend(stream, batch)] }, cancellationToken);
        }
    }
}
