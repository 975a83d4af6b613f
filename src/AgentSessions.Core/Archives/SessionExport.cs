using System.Text;
using System.Text.Json;
using AgentSessions.Core.Redaction;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Archives;

/// <summary>Writes everything of a session as lines of JSON (see <see cref="ArchiveLine"/>), also while it is being answered.</summary>
/// <param name="store">Where it is.</param>
/// <param name="state">What is kept beside it.</param>
/// <param name="values">Which of that goes along.</param>
/// <param name="time">The clock.</param>
/// <param name="redaction">What leaves no more than it may be stored: what was stored before there was redaction is redacted on its way out.</param>
public sealed class SessionExport(
    ISessionStore store, IStateStore state, IEnumerable<IArchivedValues> values, TimeProvider time, TextRedaction? redaction = null)
{
    private const int PageBytes = 256 * 1024;
    private const int MaxRuns = 10_000;
    private const int MaxLooks = 20;

    /// <summary>Writes the archive. One that is cut off, by whatever happened, lacks its last line.</summary>
    /// <returns>False, and nothing was written, if there is no such session.</returns>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.Overloaded"/>: the session changes faster than it can be read; repeat.</exception>
    public async Task<bool> WriteAsync(SessionKey session, Stream target, CancellationToken cancellationToken)
    {
        if (await LookAsync(session, cancellationToken) is not { } past)
        {
            return false;
        }

        ValueExport found = await ValueExport.FindAsync([new CoreValues(state), .. values], past.Head.Row, cancellationToken);
        var lines = new ArchiveWriter(target);
        await lines.WriteAsync(new SessionLine(1, time.GetUtcNow(), ArchivedSession.Of(redaction?.Row(past.Head.Row) ?? past.Head.Row), past.Head.Progress), cancellationToken);
        foreach (RunRow run in (await store.ListRunsAsync(session, MaxRuns, cancellationToken)).Reverse())
        {
            await lines.WriteAsync(Line(redaction?.Run(run) ?? run), cancellationToken);
        }

        foreach (StoredMessage message in past.Transcript.Messages)
        {
            found.See(Encoding.UTF8.GetString(message.Json.Span));
            await lines.WriteAsync(new MessageLine(message.Id, message.Final, JsonElement.Parse((redaction?.Json(message.Json) ?? message.Json).Span)), cancellationToken);
        }

        StoredTranscript transcript = past.Transcript;
        await lines.WriteAsync(
            new TranscriptLine(transcript.LastOutSequence, transcript.LastInSequence, transcript.SavedAt) { State = transcript.State is { } own ? redaction?.Json(own) ?? own : null }, cancellationToken);
        await WriteStreamAsync(lines, found, StreamId.In(session), past.Head.In, cancellationToken);
        await WriteStreamAsync(lines, found, StreamId.Out(session), past.Head.Out, cancellationToken);
        foreach (string channel in await store.ListChannelsAsync(session, cancellationToken))
        {
            foreach (StreamDirection direction in Enum.GetValues<StreamDirection>())
            {
                var stream = new StreamId(session, channel, direction);
                await WriteStreamAsync(lines, found, stream, await store.GetBoundsAsync(stream, cancellationToken), cancellationToken);
            }
        }

        await found.WriteAsync(lines, state, past.Head.Row, redaction, cancellationToken);
        await lines.EndAsync(cancellationToken);
        return true;
    }

    /// <summary>Row and transcript of one moment: a turn's end changes both, so they fit if no end came between two looks.</summary>
    private async ValueTask<(SessionHead Head, StoredTranscript Transcript)?> LookAsync(SessionKey session, CancellationToken cancellationToken)
    {
        for (int look = 0; look < MaxLooks; look++)
        {
            SessionHead? before = await store.LoadAsync(session, cancellationToken);
            StoredTranscript transcript = await store.ReadTranscriptAsync(session, limit: null, before: null, cancellationToken);
            SessionHead? after = await store.LoadAsync(session, cancellationToken);
            if (before is null || after is null)
            {
                return null;
            }

            if (before.Progress == after.Progress)
            {
                return (after, transcript);
            }
        }

        throw TooFast();
    }

    private async Task WriteStreamAsync(ArchiveWriter lines, ValueExport found, StreamId stream, StreamBounds bounds, CancellationToken cancellationToken)
    {
        if (bounds.Tail == Cursor.Start)
        {
            return;
        }

        Cursor? next = null;
        while ((next ?? bounds.Oldest) < bounds.Tail && await store.ReadAsync(stream, next ?? bounds.Oldest, PageBytes, cancellationToken) is { } batch)
        {
            if (next is null)
            {
                await lines.WriteAsync(new StreamLine(stream.Channel, stream.Direction, batch.First.Value), cancellationToken);
            }
            else if (batch.First != next)
            {
                // Trimmed under the reader's feet.
                throw TooFast();
            }

            foreach (StreamRecord record in batch.Decode().Where(record => record.Sequence < bounds.Tail.Value))
            {
                found.See(record.Body);
                await lines.WriteAsync(Line(record), cancellationToken);
            }

            next = batch.Tail;
        }

        if (next is null)
        {
            await lines.WriteAsync(new StreamLine(stream.Channel, stream.Direction, bounds.Tail.Value), cancellationToken);
        }
    }

    private RecordLine Line(StreamRecord record) => new(record.Sequence, record.Timestamp, redaction?.Body(record.Body) ?? record.Body)
    {
        Headers = record.Headers.Count == 0 ? null : [.. record.Headers.Select(static header => new[] { header.Name, header.Value })],
    };

    private static RunLine Line(RunRow run) => new(run.Id, run.Number, run.Reason, run.Agent, run.Status, run.CreatedAt)
    {
        AgentVersion = run.AgentVersion,
        PreviousRunId = run.PreviousRunId,
        Tags = run.Tags,
        FinishedAt = run.FinishedAt,
        End = run.End,
        Error = run.Error,
    };

    private static SessionException TooFast() => new(SessionErrorCode.Overloaded, "The session changes faster than it can be read");
}
