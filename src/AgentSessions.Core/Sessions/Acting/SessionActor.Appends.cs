using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Sessions.Acting;

/// <content>What clients and sinks append, and what is known of the streams they append to.</content>
public sealed partial class SessionActor
{
    private readonly Dictionary<StreamId, StreamState> _streams = [];

    /// <summary>Appends a text; on the session's own <c>in</c> also makes sure that a run is alive.</summary>
    /// <exception cref="SessionException">See <see cref="ISessionEngine.AppendAsync"/>.</exception>
    public async ValueTask<AppendedRecord> AppendAsync(StreamId stream, AppendText append, CancellationToken cancellationToken)
    {
        bool wakesRun = stream.IsOwnIn;
        ReadOnlyMemory<byte> text = wakesRun && !append.IsWebhook ? WebhookMark.Remove(append.Text) : append.Text;
        text = context.Redaction?.Json(text) ?? text;
        RecordHeader[] headers = append.Headers();
        if (!RecordLimits.FitsText(text.Span, append.PartId))
        {
            throw new SessionException(SessionErrorCode.RecordTooLarge, "The record is larger than 1 MiB once it is wrapped");
        }

        InputKind kind = wakesRun ? InputJson.KindOf(text.Span) : InputKind.Other;
        if (kind == InputKind.Handover && append.IsPublic)
        {
            throw new SessionException(SessionErrorCode.Forbidden, "A handover takes the secret key");
        }

        bool isStop = kind == InputKind.Stop && text.Length <= AppendText.MaxStopBytes;
        var share = new StorageShare(isStop ? null : context.Quota, key.Environment, text.Length);
        AppendResult appended = await RetryAsync<AppendResult>(
            async () =>
            {
                SessionHead head = await RequireAsync(cancellationToken);
                StreamState state = await StreamAsync(stream, cancellationToken);
                if (state.Parts.Find(append.PartId) is long first)
                {
                    // What was taken in is answered so whatever became of the session since.
                    return await AnswerRepeatAsync(head, wakesRun, first, cancellationToken);
                }

                SessionRules.RequireActive(head.Row, Now);
                if (kind == InputKind.Turn && context.Turns is { } turns && !head.Row.IsHeld && !IsInTurn(head.Row) && !turns.TryAsk(key))
                {
                    throw turns.Refusal(key);
                }

                await share.AdmitAsync(cancellationToken);
                RecordBatch batch = SessionRules.Input(state.Bounds.Tail, text, append.PartId, state.Bounds.After(Now), headers);
                if (!await CommitTextAsync(head, new StreamAppend(stream, batch), wakesRun, kind, cancellationToken))
                {
                    return null;
                }

                state.Parts.Add(append.PartId, batch.First.Value, batch.Timestamp);
                return new AppendResult(batch.First.Value, IsRepeat: false);
            },
            cancellationToken);
        return new AppendedRecord(appended.Sequence, appended.IsRepeat);
    }

    private async ValueTask<AppendResult> AnswerRepeatAsync(SessionHead head, bool wakesRun, long first, CancellationToken cancellationToken)
    {
        if (wakesRun && head.Row.HasLiveRun && !HasRunHere)
        {
            // The first append may have claimed a run that was never started.
            await RecoverAsync(cancellationToken);
        }

        return new AppendResult(first, IsRepeat: true);
    }

    private async ValueTask<bool> CommitTextAsync(SessionHead head, StreamAppend append, bool wakesRun, InputKind kind, CancellationToken cancellationToken)
    {
        if (wakesRun && await NeedsRunAsync(head.Row))
        {
            return await CommitAsync(await ContinueAsync(head, head.Row, append.Batch, cancellationToken), cancellationToken);
        }

        SessionCommit commit = wakesRun && Owing(head, kind) is { } row
            ? SessionRules.Put(head, row)
            : new SessionCommit { Session = key, ExpectedVersion = head.Version };
        return await CommitAsync(commit with { Appends = [append] }, cancellationToken);
    }

    /// <summary>Appends finished records (the direct-write sink).</summary>
    /// <exception cref="SessionException">See <see cref="ISessionEngine.AppendRecordsAsync"/>.</exception>
    public async ValueTask<RecordBatch> AppendRecordsAsync(
        StreamId stream, IReadOnlyList<NewRecord> records, Cursor? expectedTail, CancellationToken cancellationToken)
    {
        if (context.Redaction is { } redaction)
        {
            records = [.. records.Select(record => record with { Body = redaction.Body(record.Body) })];
        }

        if (records.Any(static record => RecordLimits.Measure(record.Body.Length, record.Headers) > RecordLimits.MaxRecordBytes))
        {
            throw new SessionException(SessionErrorCode.RecordTooLarge, "A record is larger than 1 MiB");
        }

        // What an agent answers is kept, or its turn could not end.
        if (context.Quota is { } quota && stream != StreamId.Out(key))
        {
            await quota.AdmitAsync(key.Environment, records.Sum(static record => (long)record.Body.Length), cancellationToken);
        }

        return await RetryAsync(
            async () =>
            {
                SessionHead head = await RequireActiveAsync(cancellationToken);

                // A run writes `out` by itself, so what is known here of its tail is old.
                StreamBounds bounds = await context.Store.GetBoundsAsync(stream, cancellationToken);
                if (expectedTail is Cursor expected && expected != bounds.Tail)
                {
                    throw new SessionException(SessionErrorCode.TailMoved, $"The tail is {bounds.Tail}, not {expected}");
                }

                long timestamp = bounds.After(Now).ToUnixTimeMilliseconds();
                var builder = new RecordBatchBuilder(bounds.Tail, records.Sum(static record => record.Body.Length + 256));
                foreach (NewRecord record in records)
                {
                    builder.Add(record.Body.Span, [.. record.Headers], timestamp);
                }

                RecordBatch batch = builder.Take()!;
                var commit = new SessionCommit
                {
                    Session = key,
                    ExpectedVersion = head.Version,
                    Appends = [new StreamAppend(stream, batch)],
                    TrimOutBefore = stream == StreamId.Out(key) ? Trim(records, batch.First) : null,
                };
                return await CommitAsync(commit, cancellationToken) ? batch : null;
            },
            cancellationToken);
    }

    /// <summary>A host that leaves starts nothing; what it takes in and owes is marked for whoever comes after, or nobody would look.</summary>
    /// <returns>The row to write, or null if it stays.</returns>
    private SessionRow? Owing(SessionHead head, InputKind kind) =>
        context.IsDraining() && head.Row is { HasLiveRun: false, IsHeld: false }
            && (kind == InputKind.Turn || (kind == InputKind.Handover && HeadStart.IsOpen(head.Row, head.Progress)))
            ? head.Row with { HasLiveRun = true, UpdatedAt = Now }
            : null;

    /// <summary>What the trim commands among new records ask for. The command itself stays readable, whatever place it names.</summary>
    private static Cursor? Trim(IReadOnlyList<NewRecord> records, Cursor tail) =>
        records.Max(static record => TrimCommand.Read(record.Body.Span, record.Headers)) is Cursor firstKept
            ? firstKept < tail ? firstKept : tail
            : null;

    private async ValueTask<StreamState> StreamAsync(StreamId stream, CancellationToken cancellationToken)
    {
        if (!_streams.TryGetValue(stream, out StreamState? state))
        {
            StreamBounds bounds = await context.Store.GetBoundsAsync(stream, cancellationToken);
            RecentParts parts = await RecentParts.ReadAsync(context.Store, stream, bounds, Now, cancellationToken);
            _streams[stream] = state = new StreamState(parts) { Bounds = bounds };
        }

        return state;
    }

    private sealed record AppendResult(long Sequence, bool IsRepeat);

    private sealed class StreamState(RecentParts parts)
    {
        public RecentParts Parts => parts;

        public StreamBounds Bounds { get; set; }
    }
}
