using System.Text;
using AgentSessions.Core.Redaction;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Orleans.Calls;

/// <summary>Appends finished records over a session's grain, again while the way to it is broken.</summary>
/// <remarks>Records have no part id. Each call names the tail it rests on, so that of several one is carried out at most, and the store shows which.</remarks>
internal sealed class RecordAppends(SessionCalls calls, ISessionStore store, TextRedaction? redaction)
{
    /// <summary>How often a faster writer may come in between before the order of writers is left to the grain.</summary>
    private const int MaxAttempts = 8;

    /// <exception cref="SessionException">See <see cref="Core.ISessionEngine.AppendRecordsAsync"/>.</exception>
    public async ValueTask<RecordBatch> AppendAsync(
        StreamId stream, IReadOnlyList<NewRecord> records, Cursor? expectedTail, CancellationToken cancellationToken)
    {
        NewRecord[] sent = [.. records];
        for (int i = 0; i < MaxAttempts; i++)
        {
            Cursor tail = expectedTail ?? (await store.GetBoundsAsync(stream, cancellationToken)).Tail;
            int tries = 0;
            try
            {
                return await calls.CallAsync(
                    stream.Session,
                    grain =>
                    {
                        tries++;
                        return grain.AppendRecordsAsync(stream, sent, tail);
                    },
                    isRepeatable: true,
                    cancellationToken);
            }
            catch (SessionException exception) when (exception.Code == SessionErrorCode.TailMoved)
            {
                if (tries > 1 && await FindAsync(stream, tail, sent, cancellationToken) is { } appended)
                {
                    return appended;
                }

                if (expectedTail is not null)
                {
                    throw;
                }
            }
        }

        return await calls.CallAsync(stream.Session, grain => grain.AppendRecordsAsync(stream, sent, null), isRepeatable: false, cancellationToken);
    }

    /// <returns>The records as they stand at this place, or null if others do.</returns>
    private async ValueTask<RecordBatch?> FindAsync(StreamId stream, Cursor place, NewRecord[] sent, CancellationToken cancellationToken)
    {
        var found = new RecordBatchBuilder(place);
        int count = 0;
        Cursor from = place;
        while (count < sent.Length && await store.ReadAsync(stream, from, maxBytes: 256 * 1024, cancellationToken) is { } batch && batch.First == from)
        {
            foreach (StreamRecord record in batch.Decode().Take(sent.Length - count))
            {
                ReadOnlyMemory<byte> body = redaction?.Body(sent[count].Body) ?? sent[count].Body;
                if (record.Body != Encoding.UTF8.GetString(body.Span) || !record.Headers.SequenceEqual(sent[count].Headers))
                {
                    return null;
                }

                found.Add(body.Span, [.. record.Headers], record.Timestamp);
                count++;
            }

            from = batch.Tail;
        }

        return count == sent.Length ? found.Take() : null;
    }
}
