using System.IO.Pipelines;
using System.Text;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Archives;

/// <summary>Brings a session back from an archive (see <see cref="SessionExport"/>), into any store and environment.</summary>
/// <remarks>
/// Ids, sequences and times stay, so tokens' scopes and readers' cursors hold. Until it is whole the session is closed with the reason
/// <c>importing</c>; an import that fails removes it, and one that died is replaced by the next try after an hour.
/// </remarks>
/// <param name="store">Where it shall be.</param>
/// <param name="state">Where what goes along shall be.</param>
/// <param name="values">What may go along.</param>
/// <param name="time">The clock.</param>
public sealed class SessionImport(ISessionStore store, IStateStore state, IEnumerable<IArchivedValues> values, TimeProvider time)
{
    private const string Importing = "importing";
    private const long MaxTrimmed = 10_000_000;

    private readonly IArchivedValues[] _values = [new CoreValues(state), .. values];

    private static readonly TimeSpan _abandonedAfter = TimeSpan.FromHours(1);

    /// <summary>Reads an archive to its end.</summary>
    /// <param name="environment">Where the session shall be.</param>
    /// <param name="archive">The archive.</param>
    /// <param name="maxLineBytes">The longest line that is taken, in bytes. A line is held in memory while it is read.</param>
    /// <param name="admit">Called with the bytes of each line before it is stored; what it throws ends the import. Null: all is admitted already.</param>
    /// <param name="cancellationToken">Ends the import, which then leaves nothing.</param>
    /// <exception cref="SessionException">
    /// <see cref="SessionErrorCode.InvalidRequest"/>: the archive is malformed or cut off, has a line that is too long, or there is a session under one of its ids.
    /// </exception>
    public async Task<SessionRow> ReadAsync(
        string environment, PipeReader archive, int maxLineBytes, Func<long, CancellationToken, ValueTask>? admit, CancellationToken cancellationToken)
    {
        var lines = new ArchiveReader(archive, maxLineBytes, admit);
        if (await lines.NextAsync(cancellationToken) is not { } opening)
        {
            throw new SessionException(SessionErrorCode.InvalidRequest, "The archive is empty");
        }

        if (opening is not SessionLine { Format: 1 } first)
        {
            throw lines.Malformed("must be a session of format 1");
        }

        SessionRow row = first.Session.ToRow(environment);
        await ClaimAsync(row, cancellationToken);
        var beside = new ValueImport(state, _values, row);
        try
        {
            await FillAsync(row, first.Progress, beside, lines, cancellationToken);
            return row;
        }
        catch (Exception)
        {
            await RemoveAsync(row.Key, beside);
            throw;
        }
    }

    private async Task ClaimAsync(SessionRow row, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (await store.LoadAsync(row.Key, cancellationToken) is { Row: { ClosedReason: Importing, ClosedAt: { } since } } && since < now - _abandonedAfter)
        {
            await store.DeleteAsync(row.Key, cancellationToken);
        }

        if (await store.FindKeyAsync(row.Key.Environment, row.Id, cancellationToken) is not null || await store.LoadAsync(row.Key, cancellationToken) is not null)
        {
            throw new SessionException(SessionErrorCode.InvalidRequest, "There is a session under an id of the archive");
        }

        SessionRow claim = row with { ClosedAt = now, ClosedReason = Importing, CurrentRunId = null };
        await store.CommitOrThrowAsync(new SessionCommit { Session = row.Key, ExpectedVersion = 0, Row = claim }, cancellationToken);
    }

    private async Task FillAsync(SessionRow row, SessionProgress progress, ValueImport beside, ArchiveReader lines, CancellationToken cancellationToken)
    {
        var fill = new SessionFill(store, row);
        while (true)
        {
            switch (await lines.NextAsync(cancellationToken))
            {
                case RunLine run:
                    fill.Add(Ended(run, row.Key));
                    break;
                case MessageLine { Id.Length: > 0 } message:
                    await fill.AddAsync(new StoredMessage(message.Id, Encoding.UTF8.GetBytes(message.Message.GetRawText()), message.Final), cancellationToken);
                    break;
                case TranscriptLine covered:
                    fill.Cover(covered);
                    break;
                case StreamLine { First: >= 0 and <= MaxTrimmed } next:
                    var stream = new StreamId(row.Key, next.Channel, next.Direction);
                    if (next.First > 0 && stream != StreamId.Out(row.Key))
                    {
                        throw lines.Malformed("names a stream that begins late, which only out may");
                    }

                    await fill.OpenAsync(stream, next.First, cancellationToken);
                    break;
                case RecordLine record when fill.Stream is { } open && record.Seq == open.Next:
                    await AddAsync(open, record, lines, cancellationToken);
                    break;
                case ValueLine value:
                    await fill.CloseStreamAsync(cancellationToken);
                    await beside.PutAsync(value, lines, cancellationToken);
                    break;
                case EndLine end when end.Lines == lines.Lines - 1:
                    await fill.FinishAsync(progress, cancellationToken);
                    return;
                case null:
                    throw lines.Malformed("is the last one: the archive is cut off");
                default:
                    throw lines.Malformed("is out of place");
            }
        }
    }

    private static ValueTask AddAsync(StreamFill stream, RecordLine record, ArchiveReader lines, CancellationToken cancellationToken)
    {
        if (record.Headers?.Any(static pair => pair.Length != 2) == true)
        {
            throw lines.Malformed("has a header that is no pair");
        }

        RecordHeader[] headers = [.. record.Headers?.Select(static pair => new RecordHeader(pair[0], pair[1])) ?? []];
        byte[] body = Encoding.UTF8.GetBytes(record.Body);
        return RecordLimits.Measure(body.Length, headers) <= RecordLimits.MaxRecordBytes
            ? stream.AddAsync(body, headers, record.Timestamp, cancellationToken)
            : throw lines.Malformed("is larger than a record may be");
    }

    private async Task RemoveAsync(SessionKey session, ValueImport beside)
    {
        try
        {
            await beside.TakeBackAsync();
            await store.DeleteAsync(session, CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // What is left says that it was being imported, and the next try replaces it.
        }
    }

    /// <summary>A run of another place lives here no more.</summary>
    private RunRow Ended(RunLine line, SessionKey session)
    {
        var run = new RunRow
        {
            Id = line.Id,
            Session = session,
            Number = line.Number,
            Reason = line.Reason,
            Agent = line.TaskIdentifier,
            AgentVersion = line.AgentVersion,
            PreviousRunId = line.PreviousRunId,
            Status = line.Status,
            Tags = line.Tags,
            CreatedAt = line.CreatedAt,
            FinishedAt = line.FinishedAt,
            End = line.End,
            Error = line.Error,
        };
        return run.IsFinal ? run : run with { Status = RunStatus.Completed, FinishedAt = time.GetUtcNow(), End = RunEnd.Evicted };
    }
}
